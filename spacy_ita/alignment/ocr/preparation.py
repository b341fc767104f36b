"""Pictures as Tesseract reads them best."""

import numpy
from PIL import Image, ImageOps

MAX_SCALE = 4.0
MAX_SIDE = 32767
"""Pixels: Tesseract refuses longer pictures."""
LIGHT, DARK = 200, 50
"""All three channels of light letters are above, of dark ones below."""
INKS = ("any", "light", "dark")


def enlarged(image: Image.Image, min_side: int) -> tuple[Image.Image, float]:
    """The picture with a shorter side of `min_side` pixels at least, and its scale.

    It is enlarged fourfold at most, and shrunk to the longest side that Tesseract takes.
    """
    shorter, longer = sorted(image.size)
    scale = min(max(min_side / shorter, 1.0), MAX_SCALE, MAX_SIDE / longer)
    width, height = (max(round(side * scale), 1) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS), scale


def in_ink(image: Image.Image, ink: str) -> Image.Image:
    """The whole picture in colour for "any" ink, else its "light" or "dark" parts as black.

    Letters and ground of other colours may be equal in grey; of colours, Tesseract finds a
    threshold for each channel.
    """
    if ink == "any":
        return ImageOps.autocontrast(image)
    channels = numpy.asarray(image)
    found = channels.min(axis=2) > LIGHT if ink == "light" else channels.max(axis=2) < DARK
    return Image.fromarray(numpy.where(found, 0, 255).astype("uint8"))
