"""Object tags from a detector of Hugging Face."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import spacy
import torch
from transformers import AutoModelForObjectDetection

from ...deprecations import renamed_arguments
from ...extensions.alignments import DetectedObject
from ..hub.model import HFBackend
from ..picture import Picture
from .boxes import best_objects

NO_LABEL = "N/A"
"""What COCO's label tables hold for classes that were dropped."""


@spacy.registry.misc("spacy_ita.HFDetector.v2")
@renamed_arguments(top="top_k")
class HFDetector(HFBackend):
    """An object detector: DETR, RT-DETR, YOLOS and what else `AutoModelForObjectDetection` loads.

    name, revision: a folder or a model of the hub.
    threshold: the least score of an object, in [0, 1].
    top_k: the most objects of a picture, the most confident first; None for all.
    nms: the overlap (intersection over union) above which the weaker of two boxes with one label
        goes; None for none, as DETR and its kin give each object one box.
    """

    def __init__(
        self,
        name: str,
        revision: str = "main",
        threshold: float = 0.7,
        top_k: int | None = 10,
        nms: float | None = None,
    ) -> None:
        super().__init__(name, revision, AutoModelForObjectDetection)
        self.threshold = threshold
        self.top_k = top_k
        self.nms = nms

    @property
    def identity(self) -> Mapping[str, Any]:
        """The detector's name, weights and parameters."""
        # the names of version 1, by which caches hold their answers
        return {
            "backend": "spacy_ita.HFDetector.v1",
            "weights": self.fingerprint,
            "threshold": self.threshold,
            "top": self.top_k,
            "nms": self.nms,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[DetectedObject]]:
        """The objects of each picture, best first. Raises BackendError without a model."""
        # Padding moves the answers, so pictures share a batch only with others of their size
        batches: dict[Any, list[tuple[int, Any]]] = defaultdict(list)
        for index, picture in enumerate(pictures):
            single = self.inputs([picture.image])
            batches[single["pixel_values"].shape].append((index, single))
        alignments: list[list[DetectedObject]] = [[] for _ in pictures]
        for batch in batches.values():
            indices = [index for index, _ in batch]
            inputs: dict[str, Any] = {
                name: torch.cat([single[name] for _, single in batch]) for name in batch[0][1]
            }
            sizes = [pictures[index].image.size[::-1] for index in indices]
            detections = self.image_processor.post_process_object_detection(
                self.model(**inputs), threshold=self.threshold, target_sizes=sizes
            )
            for index, found in zip(indices, detections, strict=True):
                alignments[index] = self._objects(pictures[index], found)
        return alignments

    def _objects(self, picture: Picture, found: Mapping[str, torch.Tensor]) -> list[DetectedObject]:
        names = (self.model.config.id2label[label] for label in found["labels"].tolist())
        objects = zip(names, found["scores"].tolist(), found["boxes"].cpu(), strict=True)
        return best_objects(
            (item for item in objects if item[0] != NO_LABEL),
            picture.image.size,
            self.nms,
            self.top_k,
        )
