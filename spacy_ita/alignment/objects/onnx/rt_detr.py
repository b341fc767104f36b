"""RT-DETR (Zhao et al., 2023), as Hugging Face's Optimum exports it."""

from collections.abc import Mapping

import numpy
from scipy.special import expit

from .layout import Found, Layout, Size, stretch


def decode(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """Decode `logits` (1, N, C) and `pred_boxes` (1, N, 4), centre and sides in [0, 1]."""
    centres, sides = numpy.split(outputs["pred_boxes"][0], 2, axis=1)
    corners = numpy.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
    return expit(outputs["logits"][0]), corners * numpy.array([*size, *size])


RT_DETR = Layout(fit=stretch, pixels=lambda rgb: rgb / 255, decode=decode, side=640)
