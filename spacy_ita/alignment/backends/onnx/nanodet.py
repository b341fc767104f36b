"""NanoDet-Plus (Lyu, 2021), as its author exports it: `tools/export_onnx.py`."""

from collections.abc import Mapping

import numpy
from scipy.special import softmax

from .layout import Found, Layout, Size, grid, stretch

STRIDES = (8, 16, 32, 64)
BINS = 8
"""Distances to a side are distributions over 0 to 7 strides."""
MEAN = numpy.array([103.53, 116.28, 123.675])
DEVIATION = numpy.array([57.375, 57.12, 58.395])


def normalise(rgb: numpy.ndarray) -> numpy.ndarray:
    """BGR with the mean and the deviation of ImageNet."""
    return (rgb[:, :, ::-1] - MEAN) / DEVIATION


def decode(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """From the one output (1, cells, classes + 4 * BINS): scores, then the distances from the
    cell's corner to the left, top, right and bottom side."""
    [[found]] = outputs.values()
    cells, strides = grid(size, STRIDES)
    scores, bins = numpy.split(found, [-4 * BINS], axis=1)
    distances = softmax(bins.reshape(-1, 4, BINS), axis=-1) @ numpy.arange(BINS) * strides
    centres = cells * strides
    boxes = numpy.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
    return scores, boxes


NANODET = Layout(fit=stretch, pixels=normalise, decode=decode, side=416)
