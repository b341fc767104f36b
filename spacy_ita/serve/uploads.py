"""Checks of uploaded pictures, and the private files that hold them."""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from PIL import Image

from ..alignment.picture import FORMATS, Picture, PictureError
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


def check_pictures(pictures: Sequence[bytes], limits: Limits) -> dict[int, RefusedError]:
    """Check the size and the format of pictures by their headers, without decoding them.

    Returns:
        The errors of pictures in an unknown format, with status 415, by number.

    Raises:
        RefusedError: With status 422 for too many pictures, 413 for too many bytes or pixels.
    """
    if len(pictures) > limits.pictures:
        raise RefusedError(422, f"picture: there are more than {limits.pictures}")
    they_have = "the picture has" if len(pictures) == 1 else "the pictures together have"
    if sum(map(len, pictures)) > limits.picture_bytes:
        raise RefusedError(413, f"{they_have} more than {limits.picture_bytes} bytes")
    broken: dict[int, RefusedError] = {}
    pixels = 0
    for number, data in enumerate(pictures):
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                pixels += image.width * image.height
        except Image.DecompressionBombError as error:
            raise RefusedError(413, f"the picture has more than {limits.pixels} pixels") from error
        # readers raise whatever their parsing runs into
        except Exception:
            known = ", ".join(FORMATS)
            broken[number] = RefusedError(415, f"the picture has none of the formats {known}")
    if pixels > limits.pixels:
        raise RefusedError(413, f"{they_have} {pixels} pixels, more than {limits.pixels}")
    return broken


def check_content(path: str) -> RefusedError | None:
    """Decode a picture, and return an error with status 422 if that fails."""
    try:
        _ = Picture(path).image
    except PictureError as error:
        cause = str(error).replace(path, "the picture")
        return RefusedError(422, f"the picture can't be decoded: {cause}")
    return None


@contextmanager
def private_files(contents: Sequence[bytes]) -> Iterator[list[str]]:
    """Write temporary files that only this user can read, and yield their paths."""
    with ExitStack() as stack:
        paths = []
        for data in contents:
            file = stack.enter_context(tempfile.NamedTemporaryFile(prefix="spacy_ita_"))
            file.write(data)
            file.flush()
            paths.append(file.name)
        yield paths
