"""YOLOX (Ge et al., 2021), as its authors export it: `tools/export_onnx.py`."""

from collections.abc import Mapping

import numpy
from PIL import Image

from .layout import Found, Layout, Size, grid

STRIDES = (8, 16, 32)
GREY = (114, 114, 114)


def letterbox(image: Image.Image, size: Size) -> tuple[Image.Image, tuple[float, float]]:
    """The picture in its shape, in the upper left corner of a grey one."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (max(int(image.width * scale), 1), max(int(image.height * scale), 1))
    boxed = Image.new("RGB", size, GREY)
    boxed.paste(image.resize(inner, Image.Resampling.BILINEAR))
    return boxed, (scale, scale)


def decode(outputs: Mapping[str, numpy.ndarray], size: Size) -> Found:
    """From the one output (1, cells, 5 + classes): centre, logarithms of the sides, objectness
    and classes, in units of the cell's stride."""
    [[found]] = outputs.values()
    cells, strides = grid(size, STRIDES)
    centres = (found[:, :2] + cells) * strides
    halves = numpy.exp(found[:, 2:4]) * strides / 2
    return found[:, 4:5] * found[:, 5:], numpy.concatenate([centres - halves, centres + halves], 1)


YOLOX = Layout(fit=letterbox, pixels=lambda rgb: rgb[:, :, ::-1], decode=decode, side=640)
