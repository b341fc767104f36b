"""Parquet with the columns of JSONL, by pyarrow."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...extensions import Attributes
from ...extensions.alignments import Box
from ...extensions.normalisation import FIELDS, ITEMS
from ...extras import optional
from .rows import Row, located, rows


def read(path: Path) -> Iterator[tuple[str, Row]]:
    """Read the rows of a file, each with its place; null stands for an unrecorded value."""
    parquet = optional("pyarrow.parquet", extra="parquet")
    count = 0
    with path.open("rb") as file, located(path, "as Parquet"):
        for batch in parquet.ParquetFile(file, page_checksum_verification=True).iter_batches():
            for row in batch.to_pylist():
                count += 1
                yield f"row {count}", _without_nulls(row)


def write(docs: Iterable[Doc], attrs: Attributes, path: Path) -> None:
    """Write all fields of the alignments."""
    arrow = optional("pyarrow", extra="parquet")
    parquet = optional("pyarrow.parquet", extra="parquet")
    kinds = {str: arrow.string(), float: arrow.float64(), Box: arrow.list_(arrow.float64())}
    columns = {
        part: arrow.list_(
            arrow.struct([(field, kinds[kind]) for field, kind in FIELDS[item].items()])
        )
        for part, item in ITEMS.items()
    }
    schema = arrow.schema([("image_id", arrow.string()), *columns.items()])
    table = arrow.Table.from_pylist(rows(docs, attrs), schema=schema)
    parquet.write_table(table, path, write_page_checksum=True)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value
