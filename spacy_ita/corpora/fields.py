"""The fields of a post, checked and converted to strings."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from .utf8 import HINT

COLUMNS = ("text", "image", "id")
PICTURE_FORMS = "give the path of a file; save pictures to files first (docs/python.md)"
LARGEST_EXACT = 2**53
"""Largest number up to which a float64 holds every integer."""


def read_columns(names: Sequence[str]) -> list[str]:
    """Return those columns of a table that are read.

    Raises:
        ValueError: If there is neither `text` nor `image`, or two of them have the same name.
    """
    found = [name for name in COLUMNS if name in names]
    if not {"text", "image"} & set(found):
        raise ValueError(f"no column `text` or `image`, only {', '.join(map(repr, names))}")
    if twice := [name for name in found if names.count(name) > 1]:
        raise ValueError(f"more than one column {twice[0]!r}: rename one of them")
    return found


def string_field(record: Mapping[str, Any], name: str) -> str:
    """Return a field of a post as a string; "" if it is missing.

    Raises:
        ValueError: If the field is no string, or no number where ids may be numbers.
    """
    value = record.get(name)
    # pandas writes NaN for a missing value
    if value is None or (isinstance(value, float) and isnan(value)):
        return ""
    # pandas converts a column of integers with a missing one to floats
    is_whole = isinstance(value, float) and value.is_integer()
    if name == "id" and is_whole and abs(value) > LARGEST_EXACT:
        raise ValueError(
            f"'id' is {value!r}, a float whose last digits are lost: write ids as strings"
        )
    if name == "id" and (is_whole or (isinstance(value, int) and not isinstance(value, bool))):
        return str(int(value))
    if name == "image" and not isinstance(value, str | int | float):
        raise ValueError(f"'image' is of type {type(value).__name__}: {PICTURE_FORMS}")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be a string, not {value!r:.60}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name!r} is not UTF-8 at character {error.start}: {HINT}") from error
    return value
