"""YOLOX (Ge et al., 2021), as its authors export it: `tools/export_onnx.py`."""

from collections.abc import Mapping
from functools import partial

import numpy

from .layout import Found, Layout, Size, grid, letterbox

STRIDES = (8, 16, 32)
GREY = (114, 114, 114)


def decode(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """Decode YOLOX: one output (1, cells, 5 + classes).

    A cell holds the centre and the logarithms of the sides, in strides, the probability of an
    object, and those of its classes.
    """
    [[found]] = outputs.values()
    cells, strides = grid(size, STRIDES)
    centres = (found[:, :2] + cells) * strides
    halves = numpy.exp(found[:, 2:4]) * strides / 2
    return found[:, 4:5] * found[:, 5:], numpy.concatenate([centres - halves, centres + halves], 1)


YOLOX = Layout(
    fit=partial(letterbox, ground=GREY),
    pixels=lambda rgb: rgb[:, :, ::-1],
    decode=decode,
    side=640,
)
