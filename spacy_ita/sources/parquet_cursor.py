"""Cells of a Parquet file, read in about the order of its rows and in bounded memory."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from ..extras import optional
from .stores import open_file
from .uri import parse

BATCH_BYTES = 2**22
"""About the size of the rows that are decoded at once."""
BATCH_ROWS = 64
KEPT = 16
"""Number of decoded batches kept, as the pipes of a pipeline read a document one after another."""


class ParquetCursors:
    """The columns of an open Parquet file, each with a cursor.

    Args:
        container: Address of the file.
    """

    def __init__(self, container: str) -> None:
        parquet = optional("pyarrow.parquet", extra="parquet")
        # a buffer, so that a row group is streamed and not read as a whole
        self._file = parquet.ParquetFile(open_file(parse(container)), buffer_size=2**20)
        self._cursors: dict[str, _Cursor] = {}

    def value(self, column: str, row: int) -> Any:
        """Return the value of a cell. Raises KeyError if there is none."""
        if column not in self._cursors:
            self._cursors[column] = _Cursor(self._file, column)
        return self._cursors[column].value(row)


class _Cursor:
    """A column, with the batches decoded last."""

    def __init__(self, file: Any, column: str) -> None:
        if column not in file.schema_arrow.names:
            raise KeyError(column)
        self._file = file
        self._column = column
        sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        self._starts = [0, *accumulate(sizes)]
        self._kept: OrderedDict[int, Any] = OrderedDict()
        self._group = -1
        self._next = 0
        self._batches: Iterator[Any] = iter(())

    def value(self, row: int) -> Any:
        """Return the value in a row. Raises IndexError if there is no such row."""
        if row >= self._starts[-1]:
            raise IndexError(row)
        for first, values in self._kept.items():
            if first <= row < first + len(values):
                return values[row - first].as_py()
        group = bisect_right(self._starts, row) - 1
        if group != self._group or row < self._next:
            self._start(group)
        while True:
            values = next(self._batches).column(0)
            first, self._next = self._next, self._next + len(values)
            if row < self._next:
                self._kept[first] = values
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
                return values[row - first].as_py()

    def _start(self, group: int) -> None:
        self._group, self._next = group, self._starts[group]
        self._batches = self._file.iter_batches(
            batch_rows(self._file, group, self._column), [group], [self._column]
        )


def batch_rows(file: Any, group: int, column: str) -> int:
    """Choose how many rows of a column to decode at once."""
    about = file.metadata.row_group(group)
    chunks = (about.column(number) for number in range(about.num_columns))
    size = sum(
        chunk.total_uncompressed_size
        for chunk in chunks
        if chunk.path_in_schema.split(".")[0] == column
    )
    return max(1, min(BATCH_ROWS, BATCH_BYTES * about.num_rows // max(size, 1)))
