"""What a detector's ONNX file takes and gives, beside its weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy
from PIL import Image

Size = tuple[int, int]
"""Width and height of the input, in pixels."""
Found = tuple[numpy.ndarray, numpy.ndarray]
"""Scores of the classes (N, classes), and boxes (N, 4): left, top, right, bottom in pixels of
the input."""


@dataclass(frozen=True)
class Layout:
    """How a picture becomes the input of a model, and its outputs become boxes.

    fit: the picture in the size of the input, and how much it was scaled in width and height;
        its upper left corner stays where it is.
    pixels: from RGB (H, W, 3) in [0, 255] to the channels and values that the model reads.
    decode: from outputs by name, and the size of the input, to scores and boxes.
    side: width and height of the input where the file leaves them open.
    """

    fit: Callable[[Image.Image, Size], tuple[Image.Image, tuple[float, float]]]
    pixels: Callable[[numpy.ndarray], numpy.ndarray]
    decode: Callable[[Mapping[str, numpy.ndarray], Size], Found]
    side: int


def stretch(image: Image.Image, size: Size) -> tuple[Image.Image, tuple[float, float]]:
    """The picture in another shape."""
    resized = image.resize(size, Image.Resampling.BILINEAR)
    return resized, (size[0] / image.width, size[1] / image.height)


def letterbox(
    image: Image.Image, size: Size, ground: tuple[int, int, int]
) -> tuple[Image.Image, tuple[float, float]]:
    """The picture in its shape, in the upper left corner of one of the colour `ground`."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (max(int(image.width * scale), 1), max(int(image.height * scale), 1))
    boxed = Image.new("RGB", size, ground)
    boxed.paste(image.resize(inner, Image.Resampling.BILINEAR))
    return boxed, (scale, scale)


def grid(size: Size, strides: tuple[int, ...]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The cells of an anchor-free head, row by row and stride by stride.

    Gives column and row of each cell (N, 2) and its stride (N, 1). A side that a stride doesn't
    divide has a last cell that is cut.
    """
    cells, widths = [], []
    for stride in strides:
        columns, rows = (-(-side // stride) for side in size)
        x, y = numpy.meshgrid(numpy.arange(columns), numpy.arange(rows))
        cells.append(numpy.stack([x.ravel(), y.ravel()], axis=-1))
        widths.append(numpy.full((columns * rows, 1), stride))
    return numpy.concatenate(cells), numpy.concatenate(widths)
