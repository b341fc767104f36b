"""The fields of a post as a file or a dataset has them, as strings."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from .utf8 import MEND

COLUMNS = ("text", "image", "id")
PICTURE_FORMS = "give the path of a file; save pictures to files first (docs/python.md)"
LARGEST_EXACT = 2**53
"""The last whole number below which a float holds each."""


def read_columns(names: Sequence[str]) -> list[str]:
    """Return the columns to read of those that there are.

    Raises:
        ValueError: If there is neither `text` nor `image`, or two columns have one name.
    """
    found = [name for name in COLUMNS if name in names]
    if not {"text", "image"} & set(found):
        raise ValueError(f"no column `text` or `image`, only {', '.join(map(repr, names))}")
    if twice := [name for name in found if names.count(name) > 1]:
        raise ValueError(f"more than one column {twice[0]!r}: rename one of them")
    return found


def string_field(record: Mapping[str, Any], name: str) -> str:
    """Return a field of a post, "" for none. Raises ValueError for one of another type."""
    value = record.get(name)
    # pandas has NaN for what is missing
    if value is None or (isinstance(value, float) and isnan(value)):
        return ""
    # a float as pandas makes of whole numbers where one is missing
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
        raise ValueError(f"{name!r} is not UTF-8 at character {error.start}: {MEND}") from error
    return value
