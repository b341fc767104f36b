"""The inputs and outputs of a detector in an ONNX file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy
from PIL import Image

Size = tuple[int, int]
"""Width and height of the input, in pixels."""
Found = tuple[numpy.ndarray, numpy.ndarray]
"""Scores of the classes (N, C), and boxes (N, 4): left, top, right, bottom in pixels."""


@dataclass(frozen=True)
class Layout:
    """Conversions from a picture to a model's input, and from its outputs to boxes.

    Attributes:
        fit: Resizes a picture to the size of the input, with the upper left corner in its place;
            also returns the scale of width and height.
        pixels: Converts RGB (H, W, 3) in [0, 255] to the channels and values that the model reads.
        decode: Converts the outputs, by name, and the size of the input to scores and boxes.
        side: Width and height of the input if the file leaves them open, in pixels.
    """

    fit: Callable[[Image.Image, Size], tuple[Image.Image, tuple[float, float]]]
    pixels: Callable[[numpy.ndarray], numpy.ndarray]
    decode: Callable[[Mapping[str, numpy.ndarray], Size], Found]
    side: int


def stretch(image: Image.Image, size: Size) -> tuple[Image.Image, tuple[float, float]]:
    """Resize a picture to another shape."""
    resized = image.resize(size, Image.Resampling.BILINEAR)
    return resized, (size[0] / image.width, size[1] / image.height)


def letterbox(
    image: Image.Image, size: Size, ground: tuple[int, int, int]
) -> tuple[Image.Image, tuple[float, float]]:
    """Resize a picture in its own shape, and pad it at the right and the bottom with `ground`."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (max(int(image.width * scale), 1), max(int(image.height * scale), 1))
    boxed = Image.new("RGB", size, ground)
    boxed.paste(image.resize(inner, Image.Resampling.BILINEAR))
    return boxed, (scale, scale)


def grid(size: Size, strides: tuple[int, ...]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Enumerate the cells of an anchor-free head, stride by stride and row by row.

    The last cell is cut if the stride doesn't divide the side.

    Returns:
        Column and row of each cell (N, 2), and its stride (N, 1).
    """
    cells, widths = [], []
    for stride in strides:
        columns, rows = (-(-side // stride) for side in size)
        x, y = numpy.meshgrid(numpy.arange(columns), numpy.arange(rows))
        cells.append(numpy.stack([x.ravel(), y.ravel()], axis=-1))
        widths.append(numpy.full((columns * rows, 1), stride))
    return numpy.concatenate(cells), numpy.concatenate(widths)
