"""The fields of a table that hold a post and its pictures."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ...sources import member_of
from .fields import Record, picture_column, refuse_repeated
from .pictures import FORMS, pictures_in

PICTURES = "spacy_ita.pictures"
"""Key of a record under which a reader puts the sources of its pictures."""


def picture_field(path: Path, schema: Any, wanted: str) -> str:
    """Choose the column of pictures by the schema of a table; "" if there is none.

    Raises:
        ValueError: If a column that is read has a type which can't be read.
    """
    refuse_repeated(schema.names)
    kinds = {field.name: str(field.type) for field in schema}
    # ids in floats of 16 or 32 bits lose digits
    if kinds.get("id") in ("halffloat", "float"):
        raise ValueError(
            f"the column `id` is of type {kinds['id']}, which rounds ids: write strings"
        )
    found = picture_column(path, kinds, wanted)
    if found and not _may_hold_pictures(schema.field(found).type):
        columns = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        raise ValueError(
            f"the column `{found}` is of type {kinds[found]}: {FORMS}; the columns are {columns}"
        )
    return found


def _may_hold_pictures(kind: Any) -> bool:
    name = str(kind)
    if name.startswith(("list", "large_list", "fixed_size_list")):
        return _may_hold_pictures(kind.value_type)
    if name.startswith("struct"):
        return bool({"bytes", "path"} & {kind.field(n).name for n in range(kind.num_fields)})
    if name.startswith("dictionary"):
        return _may_hold_pictures(kind.value_type)
    return name == "null" or "string" in name or "binary" in name


def with_pictures(record: Record, field: str, locate: Callable[..., str]) -> Record:
    """Add the sources of a record's pictures to it, or return the error of reading them."""
    if isinstance(record, Exception):
        return record
    if not field:
        return {**record, PICTURES: []}
    value = record.get(field)
    try:
        sources = pictures_in(value, locate)
    except ValueError as error:
        return error
    values = value if isinstance(value, list) else [value]
    if any(not isinstance(held, str | None) or held not in sources for held in values):
        # the content stays where it is
        value = sources if isinstance(value, list) else next(iter(sources), None)
    return {**record, field: value, PICTURES: sources}


def with_cells(rows: Iterable[Record], field: str, scheme: str, file: Path) -> Iterator[Record]:
    """Add the sources of their pictures to the rows of a table: the cells that hold them.

    Args:
        rows: The rows, or the errors of reading them, from the first on.
        field: Column of the pictures; "" for none.
        scheme: Scheme of a cell's address.
        file: The file of the table.
    """
    for number, row in enumerate(rows):
        yield with_pictures(row, field, partial(member_of, scheme, str(file), field, number))
