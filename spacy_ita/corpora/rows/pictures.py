"""The pictures in a field of a post: paths, URIs, and bytes, which become references."""

from collections.abc import Callable, Mapping
from functools import partial
from math import isnan
from typing import Any

from ...sources import parse

FORMS = (
    "give a path, a URI, base64, or bytes and path as the Image of `datasets`, or a list of these "
    "(docs/sources.md)"
)
BASE64 = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "SUkqA", "TU0AK", "AAAA")
"""How pictures in base64 begin: JPEG, PNG, GIF, WebP, TIFF, AVIF and JPEG 2000."""
SHORTEST = 64
"""Minimum number of characters of a picture in base64."""


class Content:
    """Stands for a picture's bytes that are not read."""


CONTENT = Content()


def pictures_in(value: Any, locate: Callable[..., str]) -> list[str]:
    """Return the sources of the pictures in a field.

    Args:
        value: The value of the field.
        locate: Makes the reference to bytes in the field, from their positions in nested lists.

    Raises:
        ValueError: If the value has another form.
    """
    if value is None or (isinstance(value, float) and isnan(value)) or value == "":
        return []
    if isinstance(value, Mapping) and {"bytes", "path"} & set(value):
        if value.get("bytes") is not None:
            return [locate()]
        value = value.get("path") or ""
        return [value] if value else []
    if isinstance(value, Content | bytes) or (isinstance(value, str) and is_content(value)):
        return [locate()]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [
            source
            for position, item in enumerate(value)
            for source in pictures_in(item, partial(locate, position))
        ]
    raise ValueError(f"a picture is of type {type(value).__name__}: {FORMS}")


def as_data_uri(content: str) -> str:
    """Return what `is_content` finds, a `data:` URI or base64, as a `data:` URI."""
    return content if parse(content).scheme == "data" else f"data:;base64,{content}"


def is_content(value: str) -> bool:
    """Return whether a string holds a picture itself, as a `data:` URI or base64."""
    if parse(value).scheme == "data":
        return True
    start = value[:SHORTEST]
    return len(start) == SHORTEST and start.startswith(BASE64) and "." not in start
