"""The first version of the ONNX detector's arguments, for configs and saved pipelines."""

from typing import Literal

from spacy.util import registry

from ....deprecations import warn_of_rename
from .detector import ONNXDetector


@registry.misc("spacy_ita.ONNXDetector.v1")
def make_onnx_detector_v1(
    path: str,
    layout: Literal["nanodet", "nanodet-v0", "yolox", "rt-detr"],
    labels: str | None = None,
    threshold: float = 0.4,
    nms: float | None = 0.5,
    top: int | None = 10,
) -> ONNXDetector:
    """Make an `ONNXDetector`: `top` is now `top_k`."""
    warn_of_rename("spacy_ita.ONNXDetector.v1", "spacy_ita.ONNXDetector.v2")
    return ONNXDetector(path, layout, labels, threshold, nms, top)
