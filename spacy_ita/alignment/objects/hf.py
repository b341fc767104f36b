"""Object tags from a Hugging Face detector."""

from collections.abc import Mapping, Sequence
from typing import Any

import spacy
import torch
import transformers
from transformers import AutoModelForObjectDetection

from ...deprecations import renamed_arguments
from ...extensions.alignments import DetectedObject
from ..hub.half_precision import in_half_precision
from ..hub.model import HFBackend
from ..hub.versions import IS_VERSION_4
from ..picture import Picture
from .boxes import best_objects, check_selection

NO_LABEL = "N/A"
"""Placeholder in COCO's label tables for classes that were dropped."""


@spacy.registry.misc("spacy_ita.HFDetector.v2")
@renamed_arguments(top="top_k")
class HFDetector(HFBackend):
    """An object detector that `AutoModelForObjectDetection` loads, such as DETR, RT-DETR or YOLOS.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        threshold: Minimum score of an object, in [0, 1].
        top_k: Maximum number of objects per picture, the most confident first; None for all.
        nms: Overlap (intersection over union) above which the weaker of two boxes with the same
            label is dropped; None to keep both. DETR-like models give each object one box.

    Raises:
        ValueError: If `threshold`, `nms` or `top_k` is out of range.
    """

    def __init__(
        self,
        name: str,
        revision: str = "main",
        threshold: float = 0.7,
        top_k: int | None = 10,
        nms: float | None = None,
    ) -> None:
        check_selection(threshold, nms, top_k)
        super().__init__(name, revision, AutoModelForObjectDetection)
        self.threshold = threshold
        self.top_k = top_k
        self.nms = nms

    @property
    def identity(self) -> Mapping[str, Any]:
        """Name of the backend, weights and parameters."""
        # the names of version 1 are the keys of existing caches
        return {
            "backend": "spacy_ita.HFDetector.v1",
            **self.weights,
            "threshold": self.threshold,
            "top": self.top_k,
            "nms": self.nms,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """Detect the objects in each picture, best first.

        Raises:
            BackendError: If the model can't be loaded.
        """
        alignments: list[list[DetectedObject]] = [[] for _ in pictures]
        for indices, inputs in self.batches(pictures):
            sizes = [pictures[index].image.size[::-1] for index in indices]
            with in_half_precision():
                output = self.model(**inputs)
            detections = self._processor.post_process_object_detection(
                self.image_processor, output, threshold=self.threshold, target_sizes=sizes
            )
            for index, found in zip(indices, detections, strict=True):
                alignments[index] = self._objects(pictures[index], found)
        return alignments

    @property
    def _processor(self) -> Any:
        """The class that turns the model's output into objects."""
        # with torchvision, transformers 4 counts "no object" among the labels of YOLOS
        if IS_VERSION_4 and self.model.config.model_type == "yolos":
            return transformers.YolosImageProcessor
        return type(self.image_processor)

    def _objects(self, picture: Picture, found: Mapping[str, torch.Tensor]) -> list[DetectedObject]:
        names = (self.model.config.id2label[label] for label in found["labels"].tolist())
        objects = zip(names, found["scores"].tolist(), found["boxes"].float().cpu(), strict=True)
        return best_objects(
            (item for item in objects if item[0] != NO_LABEL),
            picture.image.size,
            self.nms,
            self.top_k,
        )
