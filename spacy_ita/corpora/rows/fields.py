"""The fields of a post, checked and converted to strings."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

from ..files.utf8 import HINT

Record = Mapping[str, Any] | Exception
"""The raw `text`, `image` and `id` of a post, or the error that its source raised."""

STANDARD = ("id", "text", "image")
"""Fields of a post in every row that is written."""
PICTURE_FIELDS = ("images", "image")
"""Fields that hold pictures, unless another one is given; the first that there is counts."""
LARGEST_EXACT = 2**53
"""Largest number up to which a float64 holds every integer."""
SIMILAR_TO_IMAGE = {
    f"{noun}{ending}"
    for noun in ("image", "img", "picture", "pic", "photo")
    for ending in ("", "s", "_url", "_urls", "_path", "_paths", "_file", "_id", "_name")
}
"""Names that people give to pictures; only `image` is read."""


def picture_column(path: Path, kinds: Mapping[str, str], wanted: str) -> str:
    """Choose the column of a table that holds the pictures.

    Args:
        path: The file.
        kinds: Type of each column, for error messages.
        wanted: The column that the user names; "" for none.

    Returns:
        The column; "" if there is none, after a warning if another one has a similar name.

    Raises:
        ValueError: If there is no such column, or neither pictures nor texts.
    """
    columns = "the columns are " + ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
    if wanted:
        if wanted not in kinds:
            raise ValueError(f"no column {wanted!r}: {columns}")
        return wanted
    if found := next((name for name in PICTURE_FIELDS if name in kinds), ""):
        return found
    if not {"text", "tokens"} & set(kinds):
        raise ValueError(
            f"no column `text` or `image`: {columns}; name the pictures with --picture-column"
        )
    warn_of_unread(path, kinds)
    return ""


def refuse_repeated(names: Sequence[str]) -> None:
    """Raise ValueError if two columns that are read have the same name."""
    read = ("text", "id", *PICTURE_FIELDS)
    if twice := [name for name in read if names.count(name) > 1]:
        raise ValueError(f"more than one column {twice[0]!r}: rename one of them")


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
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be a string, not {value!r:.60}")
    return check_utf8(value, name)


def check_utf8(value: str, name: str) -> str:
    """Return a field if it is UTF-8. Raises ValueError if it isn't."""
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
    names = list(names)
    found = [name for name in names if name.strip().lower() in SIMILAR_TO_IMAGE]
    if not found or set(PICTURE_FIELDS) & set(names):
        return False
    warnings.warn(
        f"{path}: {', '.join(map(repr, found))} is not read: pictures must be under 'image' or "
        f"'images', or give --picture-column {found[0]}",
        stacklevel=2,
    )
    return True
