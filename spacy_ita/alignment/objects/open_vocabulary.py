"""Object tags from an open-vocabulary detector."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
import torch
from transformers import AutoModelForZeroShotObjectDetection

from ...deprecations import renamed_arguments
from ...extensions.alignments import DetectedObject
from ..hub.half_precision import half_dtype, in_half_precision
from ..picture import Picture
from ..vocabularies import OBJECTS
from .boxes import best_objects, check_selection
from .phrase_scores import Found, GroundingQueries, OwlQueries
from .vocabulary import HFVocabularyBackend

CALL_PIXELS, GPU_CALL_PIXELS = 2**20, 2**23
"""Maximum pixels of a call's inputs. OWLv2 takes 2 GB a picture, so a CPU reads one at a time."""
QUERIES: dict[str, type[GroundingQueries] | type[OwlQueries]] = {
    "grounding-dino": GroundingQueries,
    "owlvit": OwlQueries,
    "owlv2": OwlQueries,
}


@spacy.registry.misc("spacy_ita.OpenVocabularyDetector.v2")
@renamed_arguments(top="top_k")
class OpenVocabularyDetector(HFVocabularyBackend):
    """An open-vocabulary detector: OWLv2, OWL-ViT or Grounding DINO.

    OWL encodes the vocabulary once. Grounding DINO reads it with each picture, in as many parts as
    its text encoder needs, and encodes the picture again for each part.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        vocabulary: File with one object name per line; None for a selection of Visual Genome's.
        prompt: Text that the model reads for a name, which replaces the `{}`; "a photo of a {}"
            suits OWL.
        threshold: Minimum score of an object, in [0, 1].
        nms: Overlap (intersection over union) above which the weaker of two boxes with the same
            label is dropped; None to keep both.
        top_k: Maximum number of objects per picture, the most confident first; None for all.

    Raises:
        ValueError: If `threshold`, `nms` or `top_k` is out of range.
    """

    def __init__(
        self,
        name: str,
        revision: str = "main",
        vocabulary: str | None = None,
        prompt: str = "{}",
        threshold: float = 0.25,
        nms: float | None = 0.5,
        top_k: int | None = 10,
    ) -> None:
        check_selection(threshold, nms, top_k)
        path = OBJECTS if vocabulary is None else Path(vocabulary)
        super().__init__(name, revision, AutoModelForZeroShotObjectDetection, path, prompt)
        self.threshold = threshold
        self.nms = nms
        self.top_k = top_k
        self._queries: Any = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name of the backend, weights, vocabulary and parameters."""
        # the names of version 1 are the keys of existing caches
        return {
            "backend": "spacy_ita.OpenVocabularyDetector.v1",
            **self.weights,
            "vocabulary": self.vocabulary_hash,
            "prompt": self.prompt,
            "threshold": self.threshold,
            "nms": self.nms,
            "top": self.top_k,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """Detect the objects in each picture, best first.

        Raises:
            BackendError: If the model can't be loaded.
        """
        alignments: list[list[DetectedObject]] = [[] for _ in pictures]
        most = CALL_PIXELS if half_dtype() is None else GPU_CALL_PIXELS
        for indices, inputs in self.batches(pictures, most):
            with in_half_precision():
                scored = [
                    (scores.float().cpu(), words.cpu(), boxes.float().cpu())
                    for scores, words, boxes in self._queries(inputs)
                ]
            for row, index in enumerate(indices):
                found = [(scores[row], words[row], boxes[row]) for scores, words, boxes in scored]
                alignments[index] = self._objects(pictures[index], found)
        return alignments

    def read(self) -> None:
        """Load the model, and encode the vocabulary with it."""
        super().read()
        family = self.model.config.model_type
        if family not in QUERIES:
            raise ValueError(f"{family} is not supported: take one of {', '.join(QUERIES)}")
        self._queries = QUERIES[family](self.model, self.tokenizer, self.prompts)

    def _objects(self, picture: Picture, scored: Sequence[Found]) -> list[DetectedObject]:
        width, height = picture.image.size
        # OWLv2 pads pictures to squares
        if self.model.config.model_type == "owlv2":
            width = height = max(width, height)
        unit = torch.tensor([width, height, width, height])
        found = [
            (self.words[word], score, box * unit)
            for scores, words, boxes in scored
            for score, word, box in zip(scores.tolist(), words.tolist(), boxes, strict=True)
            if score >= self.threshold
        ]
        return best_objects(found, picture.image.size, self.nms, self.top_k)
