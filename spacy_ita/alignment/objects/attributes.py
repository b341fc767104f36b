"""Attributes of objects, from a model that compares pictures with words, such as CLIP."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from typing import Any, cast

import spacy
import torch
from PIL import Image
from torch.nn.functional import normalize
from transformers import AutoModelForZeroShotImageClassification, BatchFeature

from ...extensions.alignments import Box, DetectedObject
from ..hub.half_precision import in_half_precision
from ..hub.image_processors import input_size, pixel_inputs
from ..hub.text_vectors import pooled, text_vectors
from ..hub.wrapper import HFOver
from ..picture import Picture
from ..protocol import Backend
from ..read_ahead import THREADS, one_behind
from ..settings import check_range
from ..vocabularies import ATTRIBUTES
from ..wrapped_backends import Nested
from .vocabulary import HFVocabularyBackend

BATCH = 32
"""Maximum number of crops in a call of the model."""
CROP_SIZE = (512, 512)
"""Width and height of a crop in pixels, if the size of the model's inputs is unknown."""

Wanted = tuple[Picture, DetectedObject]
"""An object that gets an attribute, and its picture."""


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
            "crops": "input size",
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
        wanted: list[Wanted] = [
            (picture, item)
            for picture, found in zip(pictures, copies, strict=True)
            for item in found
            if item["box"] and not item["attribute"]
        ]
        parts = (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
        # threads cut out the crops of the next part while the model reads those of this one
        with ThreadPoolExecutor(THREADS) as pool:
            cropped = ((part, pool.map(self._cropped_inputs, part)) for part in parts)
            for objects, inputs in one_behind(cropped):
                self._describe(objects, inputs)
        return copies

    def _cropped_inputs(self, wanted: Wanted) -> BatchFeature:
        """Convert the pixels of an object's box to the model's inputs, on the CPU."""
        picture, item = wanted
        size = input_size(self.image_processor) or CROP_SIZE
        return pixel_inputs(self.image_processor, [_crop(picture.image, item["box"], size)])

    def _describe(self, objects: Sequence[Wanted], crops: Iterable[BatchFeature]) -> None:
        """Set the attributes of objects, from the inputs of their crops."""
        with in_half_precision():
            features = pooled(self.model.get_image_features(**self.joined([*crops])))
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


def _crop(image: Image.Image, box: Box, size: tuple[int, int]) -> Image.Image:
    """Cut out the pixels that a box touches, at least one, and stretch them to a size.

    CLIP's processor would reduce any shape but a square to the square in its middle.
    """
    left, top = int(box[0]), int(box[1])
    right, bottom = max(ceil(box[2]), left + 1), max(ceil(box[3]), top + 1)
    return image.crop((left, top, right, bottom)).resize(size)
