"""Preparation of pictures for Tesseract."""

import numpy
from PIL import Image, ImageOps

MAX_SCALE = 4.0
MAX_SIDE = 32767
"""Maximum side in pixels; Tesseract refuses longer pictures."""
LIGHT, DARK = 200, 50
"""Limits of the channels: all three of a light letter are above, all three of a dark one below."""
INKS = ("any", "light", "dark")


def enlarged(image: Image.Image, min_side: int) -> tuple[Image.Image, float]:
    """Enlarge a picture until its shorter side has `min_side` pixels, at most fourfold.

    A picture with a longer side than Tesseract takes is shrunk.

    Returns:
        The picture and its scale.
    """
    shorter, longer = sorted(image.size)
    scale = min(max(min_side / shorter, 1.0), MAX_SCALE, MAX_SIDE / longer)
    width, height = (max(round(side * scale), 1) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS), scale


def in_ink(image: Image.Image, ink: str) -> Image.Image:
    """The whole picture in colour for "any" ink, else its "light" or "dark" parts as black.

    Letters and ground of different colours may be equal in grey. In a colour picture, Tesseract
    finds a threshold for each channel.
    """
    if ink == "any":
        return ImageOps.autocontrast(image)
    channels = numpy.asarray(image)
    found = channels.min(axis=2) > LIGHT if ink == "light" else channels.max(axis=2) < DARK
    return Image.fromarray(numpy.where(found, 0, 255).astype("uint8"))
