"""Datasets that `datasets` saved to disk (the extra `parquet`)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...alignment.recorded.rows import located
from ...extras import optional
from .arrow_columns import rows_of
from .fields import Record
from .table_fields import picture_field, with_cells

STATE, SPLITS = "state.json", "dataset_dict.json"


def is_saved(folder: Path) -> bool:
    """Return whether a folder holds a saved dataset, or several splits of one."""
    return (folder / STATE).is_file() or (folder / SPLITS).is_file()


def arrow_files(folder: Path) -> list[Path]:
    """List the files of a saved dataset, in order.

    Raises:
        ValueError: If the folder holds several splits.
    """
    if not (folder / STATE).is_file():
        splits = json.loads((folder / SPLITS).read_text(encoding="utf8"))["splits"]
        raise ValueError(f"{folder}: several splits: give the folder of one ({', '.join(splits)})")
    with located(folder / STATE, "as JSON"):
        state = json.loads((folder / STATE).read_text(encoding="utf8"))
        return [folder / file["filename"] for file in state["_data_files"]]


def arrow_schema(file: Path) -> Any:
    """Read the schema of a file."""
    arrow = optional("pyarrow", extra="parquet")
    with located(file, "as Arrow"), arrow.memory_map(str(file)) as mapped:
        return arrow.ipc.open_stream(mapped).schema


def arrow_batches(file: Path) -> Iterator[Any]:
    """Read the record batches of a file, which is mapped into memory."""
    arrow = optional("pyarrow", extra="parquet")
    with located(file, "as Arrow"), arrow.memory_map(str(file)) as mapped:
        yield from arrow.ipc.open_stream(mapped)


def read_saved_dataset(folder: Path, wanted: str = "") -> Iterator[tuple[str, Record]]:
    """Read the rows of a saved dataset, with references in place of the pictures' bytes.

    Args:
        folder: The folder.
        wanted: Column of the pictures; "" for `images` or `image`.

    Yields:
        The number of a row, with its fields and its pictures, or the error of reading them.

    Raises:
        ValueError: If its columns can't be read, or it has several splits.
    """
    number = 0
    for file in arrow_files(folder):
        pictures = picture_field(folder, arrow_schema(file), wanted)
        rows = (row for batch in arrow_batches(file) for row in rows_of(batch))
        for record in with_cells(rows, pictures, "arrow", file):
            number += 1
            yield str(number), record
