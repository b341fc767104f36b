"""Small pictures as bytes, for the tests of their sources."""

import io

from PIL import Image


def picture_bytes(colour="red", size=(8, 6), format="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format)
    return buffer.getvalue()
