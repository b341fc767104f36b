"""NanoDet (Lyu, 2020 and 2021), as its author exports it: `tools/export_onnx.py`."""

from collections.abc import Mapping
from functools import partial

import numpy
from scipy.special import softmax

from .layout import Found, Layout, Size, grid, letterbox, stretch

STRIDES = (8, 16, 32, 64)
STRIDES_V0 = STRIDES[:3]
BINS = 8
"""Bins of the distribution of a distance, over 0 to 7 strides. Files of version 0 have their own
number."""
MEAN = numpy.array([103.53, 116.28, 123.675])
DEVIATION = numpy.array([57.375, 57.12, 58.395])
BLACK = (0, 0, 0)


def normalise(rgb: numpy.ndarray) -> numpy.ndarray:
    """Turn RGB into BGR, less the mean of ImageNet, in units of its deviation."""
    return (rgb[:, :, ::-1] - MEAN) / DEVIATION


def boxes(centres: numpy.ndarray, bins: numpy.ndarray, strides: numpy.ndarray) -> numpy.ndarray:
    """Compute boxes from the distances of their sides to their centres.

    Args:
        centres: In pixels, (N, 2).
        bins: Logits of the distances to the left, top, right and bottom side, in strides,
            (N, 4 * BINS).
        strides: In pixels, (N, 1).

    Returns:
        Left, top, right and bottom, in pixels, (N, 4).
    """
    shares = softmax(bins.reshape(len(bins), 4, -1), axis=-1)
    distances = shares @ numpy.arange(shares.shape[-1]) * strides
    return numpy.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)


def decode(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """Decode NanoDet-Plus: one output (1, cells, classes + 4 * BINS).

    It holds scores, then logits of the distances from the cell's corner.
    """
    [[found]] = outputs.values()
    cells, strides = grid(size, STRIDES)
    scores, bins = numpy.split(found, [-4 * BINS], axis=1)
    return scores, boxes(cells * strides, bins, strides)


def decode_v0(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """Decode NanoDet's versions 0: two outputs for each stride.

    First the scores of all strides, each (1, cells, classes), then logits of the distances from
    the cell's middle, each (1, cells, 4 * BINS).
    """
    found = [output for [output] in outputs.values()]
    half = len(found) // 2
    scores, bins = numpy.concatenate(found[:half]), numpy.concatenate(found[half:])
    cells, strides = grid(size, STRIDES_V0)
    return scores, boxes((cells + 0.5) * strides, bins, strides)


NANODET = Layout(fit=stretch, pixels=normalise, decode=decode, side=416)
NANODET_V0 = Layout(
    fit=partial(letterbox, ground=BLACK), pixels=normalise, decode=decode_v0, side=416
)
