"""Scores of a vocabulary's phrases in a picture, for each family of open-vocabulary detectors."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import BatchFeature
from transformers.image_transforms import center_to_corners_format

from ..hub.text_vectors import text_vectors

Found = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Scores (..., N), indices of phrases (..., N) and boxes (..., N, 4): left, top, right, bottom in
[0, 1]."""


class OwlQueries:
    """Queries for an OWL model: the phrases as vectors of its text tower, encoded once."""

    def __init__(self, model: Any, tokenizer: Any, words: Sequence[str]) -> None:
        self.model = model
        self.vectors = text_vectors(getattr(model, model.config.model_type), tokenizer, words)

    def __call__(self, inputs: BatchFeature) -> Iterator[Found]:
        """Find the best phrase for each patch of each picture."""
        grid, _ = self.model.image_embedder(inputs["pixel_values"])
        patches = grid.flatten(1, 2)
        logits, _ = self.model.class_predictor(patches, self.vectors[None])
        boxes = self.model.box_predictor(patches, grid)
        # before the sigmoid, which makes high ones equal
        best, words = logits.max(-1)
        yield best.sigmoid(), words, torch.as_tensor(center_to_corners_format(boxes))


class GroundingQueries:
    """Queries for Grounding DINO: the phrases in texts `word . word . ...` of maximum length."""

    def __init__(self, model: Any, tokenizer: Any, words: Sequence[str]) -> None:
        self.model = model
        self.texts: list[tuple[torch.Tensor, torch.Tensor, int]] = []
        stop = tokenizer.convert_tokens_to_ids(".")
        room = model.config.max_text_len - 2
        ids: list[int] = []
        owners: list[int] = []
        first = 0
        for word, whole in enumerate(tokenizer(list(words), add_special_tokens=False).input_ids):
            subwords = whole[: room - 1]
            if len(ids) + len(subwords) + 1 > room:
                self._add(tokenizer, ids, owners, first)
                ids, owners, first = [], [], word
            ids += [*subwords, stop]
            owners += [word - first] * len(subwords) + [-1]
        self._add(tokenizer, ids, owners, first)

    def _add(self, tokenizer: Any, ids: list[int], owners: list[int], first: int) -> None:
        """Keep a text, the weight of each subword in its phrase, and the first phrase's index."""
        text = torch.tensor([[tokenizer.cls_token_id, *ids, tokenizer.sep_token_id]])
        shares = torch.zeros(max(owners) + 1, self.model.config.max_text_len)
        for position, owner in enumerate(owners, start=1):
            if owner >= 0:
                shares[owner, position] = 1.0
        shares /= shares.sum(-1, keepdim=True).clamp(min=1)
        device = self.model.device
        self.texts.append((text.to(device), shares.to(device), first))

    def __call__(self, inputs: BatchFeature) -> Iterator[Found]:
        """Find the phrase with the highest mean subword score for each query of the decoder."""
        for text, shares, first in self.texts:
            ids = text.expand(len(inputs["pixel_values"]), -1)
            output = self.model(**inputs, input_ids=ids)
            scores, words = (output.logits.sigmoid() @ shares.T).max(-1)
            boxes = torch.as_tensor(center_to_corners_format(output.pred_boxes))
            yield scores, words + first, boxes
