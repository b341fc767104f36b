"""Entries of alignments, checked against their type."""

from collections.abc import Mapping
from numbers import Real
from typing import Any, get_type_hints

from .types import Box, Caption, DetectedObject, Knowledge, Lettering

Item = type[DetectedObject] | type[Caption] | type[Lettering] | type[Knowledge]


def plain(entry: Any, item: Item) -> dict[str, Any]:
    """The entry in plain strings, floats and lists, whatever number types it came in.

    Raises ValueError for an entry that doesn't have exactly the fields of `item`.
    """
    fields = get_type_hints(item)
    if not isinstance(entry, Mapping) or set(entry) != set(fields):
        raise ValueError(f"a {item.__name__} must be a dict of {', '.join(fields)}, not {entry!r}")
    return {field: CASTS[kind](entry[field]) for field, kind in fields.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    # half a character, as JSON may hold, is none that a tokenizer takes
    value.encode()
    return value


def _number(value: Any) -> float:
    if not isinstance(value, Real):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _box(value: Any) -> Box:
    if isinstance(value, str | Mapping) or len(value) not in (0, 4):
        raise ValueError(f"a box must have four sides, or none if it isn't known, not {value!r}")
    return [_number(side) for side in value]


CASTS: dict[Any, Any] = {str: _text, float: _number, Box: _box}
