"""Selection of the best boxes of any detector."""

from collections import defaultdict
from collections.abc import Iterable

import torch
from transformers.models.owlvit.image_processing_owlvit import box_iou

from ...extensions.alignments import DetectedObject
from ..settings import check_range


def check_selection(threshold: float, nms: float | None, top_k: int | None) -> None:
    """Check a detector's minimum score, maximum overlap and maximum number of objects.

    Raises:
        ValueError: If one is out of range.
    """
    check_range("threshold", threshold, 0, 1)
    if nms is not None:
        check_range("nms", nms, 0, 1)
    if top_k is not None:
        check_range("top_k", top_k, 0)


def best_objects(
    found: Iterable[tuple[str, float, torch.Tensor]],
    size: tuple[int, int],
    nms: float | None,
    top_k: int | None,
) -> list[DetectedObject]:
    """Sort objects by confidence, cut their boxes to the picture and suppress overlapping ones.

    Args:
        found: Label, score and box of each object; a box has the shape (4,).
        size: Width and height of the picture, in the boxes' unit.
        nms: Intersection over union with a better object of the same label above which an object is
            dropped; None for no suppression.
        top_k: Maximum number of objects; None for all.
    """
    limits = torch.tensor([*size, *size])
    kept: dict[str, list[torch.Tensor]] = defaultdict(list)
    objects: list[DetectedObject] = []
    for label, score, sides in sorted(found, key=lambda item: -item[1]):
        if len(objects) == top_k:
            break
        box = torch.minimum(sides.clamp(min=0), limits)
        if nms is not None:
            better = kept[label]
            if better and box_iou(box[None], torch.stack(better))[0].max() > nms:
                continue
            better.append(box)
        objects.append(DetectedObject(label=label, attribute="", score=score, box=box.tolist()))
    return objects
