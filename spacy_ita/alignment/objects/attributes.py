"""Attributes of objects, from a model that compares pictures with words, such as CLIP."""

from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, cast

import spacy
import torch
from PIL import Image
from torch.nn.functional import normalize
from transformers import AutoModelForZeroShotImageClassification

from ...extensions.alignments import Box, DetectedObject
from ..hub.half_precision import in_half_precision
from ..hub.text_vectors import pooled, text_vectors
from ..hub.wrapper import HFOver
from ..picture import Picture
from ..protocol import Backend
from ..settings import check_range
from ..vocabularies import ATTRIBUTES
from ..wrapped_backends import Nested
from .vocabulary import HFVocabularyBackend

BATCH = 32
"""Maximum number of crops in a call of the model."""
CROP_SIDE = 512
"""Side of a crop in pixels, at least that of the models' inputs."""


@spacy.registry.misc("spacy_ita.AttributeScorer.v1")
class AttributeScorer(HFOver, HFVocabularyBackend):
    """A backend that adds to each object of a detector the attribute that fits its box best.

    Objects without a box, or with an attribute, stay unchanged.

    Args:
        objects: Backend that detects the objects.
        name: Folder, or name of a model on the hub: CLIP, SigLIP, or another model of
            `AutoModelForZeroShotImageClassification` with a text tower and a `logit_scale`.
        revision: Branch, tag or commit of a model on the hub.
        vocabulary: File with one attribute per line; None for a selection of Visual Genome's.
        prompt: Text that the model reads for an attribute, which replaces the `{}`.
        threshold: Minimum score of an attribute, in [0, 1]: the softmax over the vocabulary, or
            SigLIP's sigmoid.

    Raises:
        ValueError: If `threshold` is out of range.
    """

    def __init__(
        self,
        objects: Backend,
        name: str,
        revision: str = "main",
        vocabulary: str | None = None,
        prompt: str = "a photo of something {}",
        threshold: float = 0.1,
    ) -> None:
        check_range("threshold", threshold, 0, 1)
        path = ATTRIBUTES if vocabulary is None else Path(vocabulary)
        super().__init__(name, revision, AutoModelForZeroShotImageClassification, path, prompt)
        self.inner = Nested(objects)
        self.threshold = threshold
        self._vectors: Any = None

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Identity of the detector, and name, weights, vocabulary and parameters of the scorer.

        None if the detector has no identity.
        """
        objects = self.inner.identities
        if objects is None:
            return None
        return {
            "backend": "spacy_ita.AttributeScorer.v1",
            "objects": objects,
            "crops": "square",
            **self.weights,
            "vocabulary": self.vocabulary_hash,
            "prompt": self.prompt,
            "threshold": self.threshold,
        }

    @property
    def reads_text(self) -> bool:
        """Whether the detector reads the text of the document."""
        return self.inner.reads_text

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """Detect the objects in each picture and add their attributes.

        Raises:
            BackendError: If a model can't be loaded.
        """
        self.load()
        [detector] = self.inner.backends
        answers = cast("Sequence[Sequence[DetectedObject]]", detector(pictures))
        copies = [[item.copy() for item in found] for found in answers]
        wanted = [
            (picture, item)
            for picture, found in zip(pictures, copies, strict=True)
            for item in found
            if item["box"] and not item["attribute"]
        ]
        for start in range(0, len(wanted), BATCH):
            self._describe(wanted[start : start + BATCH])
        return copies

    def _describe(self, objects: Sequence[tuple[Picture, DetectedObject]]) -> None:
        """Set the attributes of objects in their pictures."""
        crops = self.inputs([_crop(picture.image, item["box"]) for picture, item in objects])
        with in_half_precision():
            features = pooled(self.model.get_image_features(**crops))
        logits = normalize(features.float()) @ self._vectors.T * self.model.logit_scale.exp()
        if hasattr(self.model, "logit_bias"):
            shares = (logits + self.model.logit_bias).sigmoid()
        else:
            shares = logits.softmax(-1)
        scores, words = shares.max(-1)
        for (_, item), score, word in zip(objects, scores.tolist(), words.tolist(), strict=True):
            if score >= self.threshold:
                item["attribute"] = self.words[word]

    def read(self) -> None:
        """Load the model, and encode the vocabulary with it."""
        super().read()
        if not hasattr(self.model, "logit_scale"):
            raise ValueError(
                f"a {self.model.config.model_type} model has no logit_scale, which CLIP has"
            )
        self._vectors = normalize(text_vectors(self.model, self.tokenizer, self.prompts))


def _crop(image: Image.Image, box: Box) -> Image.Image:
    """Cut out the pixels that a box touches, at least one, and stretch them to a square.

    CLIP's processor would reduce any other shape to the square in its middle.
    """
    left, top = int(box[0]), int(box[1])
    right, bottom = max(ceil(box[2]), left + 1), max(ceil(box[3]), top + 1)
    return image.crop((left, top, right, bottom)).resize((CROP_SIDE, CROP_SIDE))
