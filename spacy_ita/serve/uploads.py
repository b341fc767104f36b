"""Checks of uploaded pictures, and the private file of a picture."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from ..alignment.picture import FORMATS
from .limits import Limits


class RefusedError(Exception):
    """A refused request.

    Args:
        status: HTTP status of the answer.
        detail: Why the request is refused.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def check_picture(data: bytes, limits: Limits) -> None:
    """Check the size and the format of a picture by its header, without decoding it.

    Raises:
        RefusedError: With status 413 for too many bytes or pixels, 415 for an unknown format.
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
        raise RefusedError(415, f"the picture has none of the formats {known}") from error
    if pixels > limits.pixels:
        raise RefusedError(413, f"the picture has {pixels} pixels, more than {limits.pixels}")


@contextmanager
def private_file(data: bytes | None) -> Iterator[str]:
    """Write data to a temporary file that only this user can read; yields its path, "" for None."""
    if data is None:
        yield ""
        return
    with tempfile.NamedTemporaryFile(prefix="spacy_ita_") as file:
        file.write(data)
        file.flush()
        yield file.name
