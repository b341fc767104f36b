"""Checks of forms and uploaded pictures, and the private file of a picture."""

import io
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager

from fastapi import Request
from PIL import Image

from ..alignment.picture import FORMATS
from .limits import Limits


class RefusedError(Exception):
    """A refused upload.

    Args:
        status: HTTP status of the answer.
        detail: Why the upload is refused.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def only_fields(known: Collection[str]) -> Callable[[Request], Awaitable[None]]:
    """Create a dependency that refuses requests with unknown or repeated fields.

    FastAPI would ignore them, and read a text without the picture that was sent under another name.
    """

    async def check(request: Request) -> None:
        kind = request.headers.get("content-type", FORMS[0]).partition(";")[0].strip().lower()
        accepted = f"send a form with some of the fields {', '.join(known)}"
        if kind not in FORMS:
            raise RefusedError(422, f"the body is {kind[:80]!r}: {accepted}")
        names = [name for name, _ in (await request.form()).multi_items()]
        for name in names:
            if name not in known:
                raise RefusedError(422, f"unknown field {name[:80]!r}: {accepted}")
            if names.count(name) > 1:
                raise RefusedError(422, f"the field {name!r} is given more than once")
        for name in request.query_params:
            raise RefusedError(422, f"unknown query parameter {name[:80]!r}: {accepted}")

    return check


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
