"""Uploads: forms whose fields are checked, and pictures, held in a private file while read."""

import io
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager

from fastapi import Request
from PIL import Image

from ..alignment.picture import FORMATS
from .limits import Limits


class RefusedError(Exception):
    """An upload that is not read. status: the HTTP status that says so."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


def only_fields(known: Collection[str]) -> Callable[[Request], Awaitable[None]]:
    """Make a dependency that refuses requests with other fields than the known, or one twice.

    FastAPI would ignore them, and read a text without the picture that came under another name.
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
