"""A detector's targets, a dense loss that speeds its training up, and measures of its quality."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..pictures.drawing import HEIGHT, WIDTH, Box
from ..pictures.scenes import Scene
from ..pictures.things import LABELS

Found = list[tuple[str, Box, float]]
Gold = list[tuple[str, Box]]


@dataclass(frozen=True)
class Example:
    """A picture as bytes, with its labels and boxes (centre and size, relative to the picture)."""

    pixels: Tensor
    target: dict[str, Tensor]


def example_of(scene: Scene, processor: Any) -> Example:
    """Convert a scene to what the model's image processor returns."""
    pixels = processor(images=scene.image, do_rescale=False, return_tensors="pt")["pixel_values"][0]
    corners = torch.tensor([box for _, box in scene.objects], dtype=torch.float).reshape(-1, 4)
    corners = corners / torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])
    low, high = corners[:, :2], corners[:, 2:]
    labels = torch.tensor([LABELS.index(label) for label, _ in scene.objects], dtype=torch.long)
    target = {"class_labels": labels, "boxes": torch.cat([(low + high) / 2, high - low], 1)}
    return Example(pixels.byte(), target)


def dense_loss(
    out: Any, targets: list[dict[str, Tensor]], size: tuple[int, int], strides: tuple[int, ...]
) -> Tensor:
    """A loss for what each cell of the encoder's maps proposes, before queries are selected.

    One proposal matched to each object teaches slowly from scratch. Here every cell near the
    middle of an object, on the map that suits the object's size, is to propose it.
    """
    logits, boxes = out.enc_outputs_class, out.enc_outputs_coord_logits.sigmoid()
    centres, cells = _cells(size, strides)
    pixels = torch.tensor([size[1], size[0]])
    wanted = torch.zeros_like(logits)
    placing = torch.zeros(())
    count = 1
    for row, target in enumerate(targets):
        owner = _owners(target["boxes"], centres * pixels, cells, pixels)
        cell = (owner >= 0).nonzero()[:, 0]
        wanted[row, cell, target["class_labels"][owner[cell]]] = 1
        aim, proposed = target["boxes"][owner[cell]], boxes[row, cell]
        away = (proposed - aim).abs().sum()
        placing = placing + 5 * away + 2 * (1 - _generalised_overlap(proposed, aim)).sum()
        count += len(cell)
    probability = logits.sigmoid().detach()
    weight = torch.where(wanted > 0, 1.0, 0.75 * probability**2)
    naming = functional.binary_cross_entropy_with_logits(logits, wanted, weight, reduction="sum")
    return (naming + placing) / count


def _cells(size: tuple[int, int], strides: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Compute the middle of each map cell, relative to the picture, and its stride."""
    centres, cells = [], []
    for stride in strides:
        rows, columns = size[0] // stride, size[1] // stride
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        middle = torch.stack([(x + 0.5) / columns, (y + 0.5) / rows], -1)
        centres.append(middle.reshape(-1, 2))
        cells.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(centres), torch.cat(cells)


def _owners(boxes: Tensor, centres: Tensor, cells: Tensor, pixels: Tensor) -> Tensor:
    """Assign each cell the index of the smallest object that it should propose, or -1."""
    if not len(boxes):
        return torch.full((len(cells),), -1)
    middle, extent = boxes[:, :2] * pixels, boxes[:, 2:] * pixels
    length = extent.prod(1).sqrt()
    # Objects shorter than five cells belong to that map, larger ones to the next.
    fits = cells[:, None] * 5 > length
    finest = torch.where(fits, cells[:, None], torch.inf).amin(0).clamp(max=float(cells.max()))
    away = (centres[:, None] - middle).abs()
    inside = away < torch.minimum(0.75 * finest[:, None], (extent / 2).clamp(min=4))
    near = inside.all(-1) & (cells[:, None] == finest)
    smallest, owner = torch.where(near, extent.prod(1), torch.inf).min(1)
    return torch.where(smallest.isfinite(), owner, -1)


def _generalised_overlap(one: Tensor, other: Tensor) -> Tensor:
    """Compute generalised IoU of boxes in pairs, each given by centre and size."""
    low_1, high_1 = one[:, :2] - one[:, 2:] / 2, one[:, :2] + one[:, 2:] / 2
    low_2, high_2 = other[:, :2] - other[:, 2:] / 2, other[:, :2] + other[:, 2:] / 2
    shared = (torch.minimum(high_1, high_2) - torch.maximum(low_1, low_2)).clamp(0).prod(1)
    total = one[:, 2:].prod(1) + other[:, 2:].prod(1) - shared
    hull = (torch.maximum(high_1, high_2) - torch.minimum(low_1, low_2)).prod(1)
    return shared / total - (hull - total) / hull


def overlaps(box: Box, others: list[Box]) -> np.ndarray:
    """Compute the intersection over union of a box with each of the others."""
    rest = np.array(others, float).reshape(-1, 4)
    low, high = np.maximum(rest[:, :2], box[:2]), np.minimum(rest[:, 2:], box[2:])
    shared = (high - low).clip(0).prod(1)
    total = (rest[:, 2:] - rest[:, :2]).prod(1) + (box[2] - box[0]) * (box[3] - box[1])
    return shared / (total - shared)


def hits(found: list[Found], gold: list[Gold], label: str) -> list[tuple[float, bool]]:
    """List each detection's score for a label, best first, and whether it finds a new object."""
    order = sorted(
        (
            (score, row, box)
            for row, f in enumerate(found)
            for name, box, score in f
            if name == label
        ),
        reverse=True,
    )
    places = [[box for name, box in row if name == label] for row in gold]
    seen: dict[int, set[int]] = defaultdict(set)
    judged = []
    for score, row, box in order:
        shared = overlaps(box, places[row])
        best = int(shared.argmax()) if len(shared) else -1
        right = best >= 0 and bool(shared[best] >= 0.5) and best not in seen[row]
        if right:
            seen[row].add(best)
        judged.append((score, right))
    return judged


def precision_recall(found: list[Found], gold: list[Gold], threshold: float) -> tuple[float, float]:
    """Compute precision and recall of the detections with at least this score."""
    judged = [
        right for label in LABELS for score, right in hits(found, gold, label) if score >= threshold
    ]
    objects = sum(len(row) for row in gold)
    return sum(judged) / max(1, len(judged)), sum(judged) / max(1, objects)


def average_precisions(found: list[Found], gold: list[Gold]) -> dict[str, float]:
    """Compute average precision at IoU 0.5 by label, with monotonic precision."""
    scores = {}
    for label in LABELS:
        objects = sum(name == label for row in gold for name, _ in row)
        if not objects:
            continue
        right = np.array([r for _, r in hits(found, gold, label)], float)
        precision = right.cumsum() / np.arange(1, len(right) + 1)
        ceiling = np.maximum.accumulate(precision[::-1])[::-1]
        scores[label] = float((ceiling * right).sum() / objects)
    return scores
