"""The fields of a post, checked and converted to strings."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from ..files.utf8 import HINT

Record = Mapping[str, Any] | Exception
"""The raw `text`, `image` and `id` of a post, or the error that its source raised."""

COLUMNS = ("text", "image", "id")
PICTURE_FORMS = "give the path of a file; save pictures to files first (docs/python.md)"
LARGEST_EXACT = 2**53
"""Largest number up to which a float64 holds every integer."""
SIMILAR_TO_IMAGE = {
    f"{noun}{ending}"
    for noun in ("image", "img", "picture", "pic", "photo")
    for ending in ("", "s", "_url", "_urls", "_path", "_paths", "_file", "_id", "_name")
}
"""Names that people give to pictures; only `image` is read."""


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


def warn_of_unread(path: Path | str, names: Iterable[str]) -> bool:
    """Warn if a corpus has pictures under a name that isn't read.

    Args:
        path: The file of the corpus, or another description of it.
        names: The keys or columns that hold something.

    Returns:
        Whether there was a reason to warn.
    """
    found = [name for name in names if name.strip().lower() in SIMILAR_TO_IMAGE]
    if not found or "image" in names:
        return False
    warnings.warn(
        f"{path}: {', '.join(map(repr, found))} is not read: the picture's path, or the id of a "
        f"recorded one, must be under 'image'",
        stacklevel=2,
    )
    return True
