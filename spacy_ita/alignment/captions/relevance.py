"""Captions by how much they have to do with the text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import spacy
import torch
from thinc.util import get_torch_default_device
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from ...extensions.alignments import Caption
from ..hub.model import HFTextBackend
from ..hub.wrapper import HFOver
from ..picture import Picture
from ..protocol import Backend
from ..wrapped_backends import Nested

BATCH = 64


@spacy.registry.misc("spacy_ita.RelevantCaptions.v1")
class RelevantCaptions(HFOver, HFTextBackend):
    """The captions of another backend, those first that are most like the document's text.

    captioner: the backend that makes the captions.
    name, revision: a folder or a model of the hub whose mean vector of a text tells what it is
        about, such as `sentence-transformers/all-MiniLM-L6-v2`.
    min_score: the least score of a caption; one that has less is left out, and with all of them
        the picture. None to keep all.

    The score of a caption is then its cosine with the text, in [-1, 1].
    """

    def __init__(
        self,
        captioner: Backend,
        name: str,
        revision: str = "main",
        min_score: float | None = None,
    ) -> None:
        super().__init__(name, revision, AutoModel)
        self.inner = Nested(captioner)
        self.min_score = min_score
        self.reads_text = True

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """The captioner's identity, the weights and the least score; None if it has none."""
        captioner = self.inner.identities
        if captioner is None:
            return None
        return {
            "backend": "spacy_ita.RelevantCaptions.v1",
            "captioner": captioner,
            "weights": self.fingerprint,
            "min_score": self.min_score,
        }

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """The captions of each picture. Raises BackendError without a model."""
        self.load()
        [captioner] = self.inner.backends
        found = cast("Sequence[Sequence[Caption]]", captioner(pictures))
        texts = [picture.text for picture in pictures]
        vectors = iter(self._vectors(texts + [item["text"] for items in found for item in items]))
        about = [next(vectors) for _ in texts]
        return [
            self._sorted([{**item, "score": float(next(vectors) @ text)} for item in items])
            for items, text in zip(found, about, strict=True)
        ]

    def _sorted(self, captions: list[Caption]) -> list[Caption]:
        least = self.min_score
        kept = [item for item in captions if least is None or item["score"] >= least]
        return sorted(kept, key=lambda item: -item["score"])

    @torch.inference_mode()
    def _vectors(self, texts: Sequence[str]) -> torch.Tensor:
        """(N, H) of length 1: the mean of a text's pieces, as sentence-transformers has it."""
        found = []
        longest = min(self.tokenizer.model_max_length, self.model.config.max_position_embeddings)
        for start in range(0, len(texts), BATCH):
            batch = self.tokenizer(
                list(texts[start : start + BATCH]),
                padding=True,
                truncation=True,
                max_length=longest,
                return_tensors="pt",
            ).to(self.model.device)
            mask = batch["attention_mask"][..., None]
            hidden = self.model(**batch).last_hidden_state
            found.append(normalize((hidden * mask).sum(1) / mask.sum(1)))
        return torch.cat(found)

    def read(self) -> None:
        """Read the model and its tokenizer, which are of texts alone."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        model = self.auto.from_pretrained(self._source, revision=self.revision)
        self.model = model.eval().to(get_torch_default_device())

    def save(self, path: Path) -> None:
        """Write what `read` read."""
        self.model.save_pretrained(path)
        self.tokenizer.save_pretrained(path)
