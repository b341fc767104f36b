"""Pictures as bytes in tables: Parquet, Arrow streams as `datasets` saves them, and JSONL."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..extras import optional
from . import data_uris, files
from .errors import PictureError
from .open_containers import OpenContainers
from .parquet_cursor import ParquetCursors
from .stores import open_file
from .uri import Address, parse


class _ArrowStream:
    """The record batches of a local file, mapped into memory."""

    def __init__(self, container: str) -> None:
        arrow = optional("pyarrow", extra="parquet")
        file = parse(container).file
        if not file:
            raise PictureError("an Arrow file must be a local one", "refused")
        self._table = arrow.ipc.open_stream(arrow.memory_map(file)).read_all()

    def value(self, column: str, row: int) -> Any:
        """Return the value of a cell."""
        return self._table.column(column)[row].as_py()


class _Lines:
    """The lines of a JSONL file, which are found by the position of their first byte."""

    def __init__(self, container: str) -> None:
        self._file = open_file(parse(container))

    def value(self, column: str, row: int) -> Any:
        """Return the value of a key in the line that begins at the byte `row`."""
        self._file.seek(row)
        return json.loads(self._file.readline().decode("utf-8-sig"))[column]


_OPEN: dict[str, OpenContainers[Any]] = {
    "parquet": OpenContainers(ParquetCursors),
    "arrow": OpenContainers(_ArrowStream),
    "jsonl": OpenContainers(_Lines),
}


def read(address: Address) -> bytes:
    """Read the picture in a cell of a table.

    Raises:
        OSError: If the table can't be opened.
        PictureError: If there is no such cell, or it holds no picture.
    """
    if not address.container:
        raise PictureError(f"give the file too, as {address.scheme}://image/0::FILE")
    column, (row, *positions) = address.keys
    folder = str(Path(parse(address.container).file).parent)

    def find(table: Any) -> bytes:
        value = table.value(column, row)
        for position in positions:
            value = value[position]
        return _bytes_of(value, folder)

    try:
        return _OPEN[address.scheme].use(address.container, find)
    except (KeyError, IndexError, TypeError) as error:
        raise PictureError(
            f"no picture in row {row} of the column {column!r}", "missing"
        ) from error


def _bytes_of(value: Any, folder: str) -> bytes:
    """Return the bytes of a cell: binary, base64, a `data:` URI, or a dict of bytes and path."""
    if isinstance(value, Mapping):
        if value.get("bytes") is not None:
            return _bytes_of(value["bytes"], folder)
        return files.read(str(Path(folder) / value["path"]))
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise KeyError(type(value).__name__)
    if parse(value).scheme == "data":
        return data_uris.read(parse(value).place)
    return data_uris.decode_base64(value)
