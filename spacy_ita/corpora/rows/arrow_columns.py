"""Columns of Arrow as Python values, without the bytes of pictures."""

from typing import Any

from ...extras import optional
from ..files.utf8 import HINT
from .pictures import CONTENT


def is_binary(kind: Any) -> bool:
    """Return whether a type is bytes of any kind."""
    types = optional("pyarrow.types", extra="parquet")
    checks = ("is_binary", "is_large_binary", "is_fixed_size_binary", "is_binary_view")
    return any(getattr(types, check)(kind) for check in checks)


def is_list(kind: Any) -> bool:
    """Return whether a type is a list of any kind."""
    types = optional("pyarrow.types", extra="parquet")
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def holds_bytes(kind: Any) -> bool:
    """Return whether a column's type has bytes anywhere: alone, in a struct or in a list."""
    if is_list(kind):
        return holds_bytes(kind.value_type)
    if optional("pyarrow.types", extra="parquet").is_struct(kind):
        return any(holds_bytes(kind.field(number).type) for number in range(kind.num_fields))
    return is_binary(kind)


def without_bytes(values: Any) -> list[Any]:
    """Convert an array to Python values, with `CONTENT` in place of bytes."""
    kind = values.type
    if is_binary(kind):
        return [CONTENT if valid else None for valid in values.is_valid().to_pylist()]
    if is_list(kind):
        items = iter(without_bytes(values.flatten()))
        lengths = optional("pyarrow.compute", extra="parquet").list_value_length(values)
        return [
            None if length is None else [next(items) for _ in range(length)]
            for length in lengths.to_pylist()
        ]
    if not holds_bytes(kind):
        return values.to_pylist()
    names = [kind.field(number).name for number in range(kind.num_fields)]
    # `flatten` gives the fields nulls where the struct is null
    columns = [without_bytes(field) for field in values.flatten()]
    present = values.is_valid().to_pylist()
    return [
        dict(zip(names, row, strict=True)) if there else None
        for there, row in zip(present, zip(*columns, strict=True), strict=True)
    ]


def rows_of(batch: Any) -> list[dict[str, Any] | Exception]:
    """Convert a batch to rows; one that isn't UTF-8 is an error and costs no other."""
    try:
        columns = [without_bytes(column) for column in batch.columns]
    # Arrow doesn't check its strings
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [ValueError(f"not UTF-8: {HINT}")]
        return [row for place in range(batch.num_rows) for row in rows_of(batch.slice(place, 1))]
    names = batch.schema.names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
