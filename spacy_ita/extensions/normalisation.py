"""Checks of alignments, and their conversion to plain values."""

from collections.abc import Iterable, Mapping, Set
from math import isfinite, isnan
from numbers import Integral, Real
from typing import Any, get_origin

from typing_extensions import get_type_hints

from .alignments import Alignment, Box, Caption, DetectedObject, Knowledge, OCRLine

Item = type[DetectedObject] | type[Caption] | type[OCRLine] | type[Knowledge]
ITEMS: dict[str, Item] = {
    "objects": DetectedObject,
    "captions": Caption,
    "ocr": OCRLine,
    "knowledge": Knowledge,
}
"""Type of the entries of each alignment, in the order of `Attributes.alignments`."""

PICTURE = "picture"
"""Field with the number of an entry's picture, in documents with several."""

NEUTRAL: dict[str, Any] = {"attribute": "", "score": 1.0, "box": []}
"""Neutral values of missing fields."""


def plain(entry: Any, item: Item) -> dict[str, Any]:
    """Convert an entry to plain strings, floats and lists.

    Raises:
        ValueError: If the entry doesn't have exactly the fields of `item`, or a value is wrong.
    """
    fields = FIELDS[item]
    if not isinstance(entry, Mapping) or set(entry) - {PICTURE} != set(fields):
        raise ValueError(f"a {item.__name__} must be a dict of {', '.join(fields)}, not {entry!r}")
    found = {field: CASTS[kind](entry[field]) for field, kind in fields.items()}
    if PICTURE in entry:
        found[PICTURE] = _number_of_picture(entry[PICTURE])
    return found


def completed(entry: Any, item: Item) -> dict[str, Any]:
    """Convert an entry to plain values, with neutral values for missing fields.

    Args:
        entry: A dict, or a string that stands for the text or label.
        item: Type of the entry.

    Raises:
        ValueError: If the entry is neither a string nor a dict, lacks its text or label, or has a
            value of another type.
    """
    text_field = next(iter(FIELDS[item]))
    if isinstance(entry, str):
        entry = {text_field: entry}
    if not isinstance(entry, Mapping):
        raise ValueError(f"an entry must be a string or an object (a dict), not {entry!r}")
    given = NEUTRAL | {field: value for field, value in entry.items() if not _is_missing(value)}
    known = (*FIELDS[item], PICTURE)
    whole = plain({field: given[field] for field in known if field in given}, item)
    if any(map(isnan, whole.get("box", []))):
        whole["box"] = []
    return whole


def normalised(value: Any, item: Item) -> Alignment:
    """Convert an alignment of strings and dicts, in a list or alone, to plain values.

    Raises:
        ValueError: If the alignment has another form, or a dict has unknown fields.
    """
    if isinstance(value, str):
        value = [value] if value.strip() else []
    elif isinstance(value, Mapping):
        value = [value]
    elif isinstance(value, bytes | bytearray) or not isinstance(value, Iterable):
        raise ValueError("not a list")
    entries = []
    for entry in value:
        # recorded alignments name the model of an entry
        if isinstance(entry, Mapping) and (
            unknown := set(entry) - {*FIELDS[item], PICTURE, "model"}
        ):
            raise ValueError(f"{entry!r} has unknown fields: {', '.join(map(str, unknown))}")
        entries.append(completed(entry, item))
    return entries  # type: ignore[return-value]


def is_plain(value: Any, item: Item) -> bool:
    """Return whether all fields of an alignment's entries hold plain values."""
    if type(value) is not list:
        return False
    types = TYPES[item]
    return all(
        type(entry) is dict
        and len(entry) == len(types) + (type(entry.get(PICTURE)) is int)
        and all(_is_plain_value(entry.get(field), kind) for field, kind in types)
        for entry in value
    )


def _is_plain_value(value: Any, kind: Any) -> bool:
    if type(value) is not kind:
        return False
    if kind is str:
        return _is_unicode(value)
    return _is_plain_box(value) if kind is list else not isnan(value)


def is_finite(entry: Mapping[str, Any]) -> bool:
    """Return whether all numbers of a plain entry are finite."""
    numbers = [entry.get("score", 0.0), *entry.get("box", [])]
    return all(map(isfinite, numbers))


def _is_missing(value: Any) -> bool:
    """Return whether a value is missing: None, or NaN as in pandas."""
    # a NaN of any number type
    return value is None or (isinstance(value, Real) and value != value)  # noqa: PLR0124 - see above


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain_box(box: list[Any]) -> bool:
    return len(box) in (0, 4) and all(type(side) is float and not isnan(side) for side in box)


def forms_of(item: Item) -> str:
    """Describe the accepted forms of an alignment, for an error message."""
    needed, *others = FIELDS[item]
    optional = f" and, if known, {', '.join(others)}" if others else ""
    return f"give a string, a dict with {needed}{optional}, or a list of these"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a string")
    # tokenizers refuse lone surrogates, which JSON may hold
    value.encode()
    return str(value)


def _number(value: Any) -> float:
    if not isinstance(value, Real):
        raise ValueError(f"{value!r} is not a number")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("a number is too large") from error


def _number_of_picture(value: Any) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"the number of a picture can't be {value!r}")
    return int(value)


def _box(value: Any) -> Box:
    if isinstance(value, str | bytes | bytearray | Mapping | Set) or len(value) not in (0, 4):
        raise ValueError(f"a box must have four sides, or be empty if it is unknown, not {value!r}")
    return [_number(side) for side in value]


CASTS: dict[Any, Any] = {str: _text, float: _number, Box: _box}
FIELDS: dict[Item, dict[str, Any]] = {
    item: {field: kind for field, kind in get_type_hints(item).items() if field != PICTURE}
    for item in ITEMS.values()
}
"""Fields that every entry has, with their types."""
TYPES = {
    item: [(field, get_origin(kind) or kind) for field, kind in fields.items()]
    for item, fields in FIELDS.items()
}
"""Classes of the fields, for the fast check at each access to an alignment."""
