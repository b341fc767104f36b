"""Uploaded pictures: bytes that are checked, then held in a private file while it is read."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from ..alignment.picture import FORMATS
from .limits import Limits


class RefusedError(Exception):
    """An upload that is not read. status: the HTTP status that says so."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def check_picture(data: bytes, limits: Limits) -> None:
    """Raises RefusedError: 413 for too many bytes or pixels, 415 for what isn't a picture.

    Reads the header alone, so that nothing large is decoded.
    """
    if len(data) > limits.picture_bytes:
        raise RefusedError(413, f"the picture has more than {limits.picture_bytes} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            pixels = image.width * image.height
    except Image.DecompressionBombError as error:
        raise RefusedError(413, f"the picture has more than {limits.pixels} pixels") from error
    # readers raise whatever their parsing runs into
    except Exception as error:
        known = ", ".join(FORMATS)
        raise RefusedError(415, f"the picture is in none of the formats {known}") from error
    if pixels > limits.pixels:
        raise RefusedError(413, f"the picture has {pixels} pixels, more than {limits.pixels}")


@contextmanager
def private_file(data: bytes | None) -> Iterator[str]:
    """The path of a file that nobody else can read and that is removed; "" for no data."""
    if data is None:
        yield ""
        return
    with tempfile.NamedTemporaryFile(prefix="spacy_ita_") as file:
        file.write(data)
        file.flush()
        yield file.name
