"""Posts in CSV."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ..files.utf8 import UTF16, decode
from .fields import Record, read_columns, warn_of_unread

LONGEST_FIELD = 2**27
"""Limit of a field in CSV, in characters; Python's own limit is 131,072."""


def read_csv(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the rows of a file, whose first line names the columns.

    Yields:
        The number of a row, with its fields, or the error of reading them.

    Raises:
        ValueError: If the columns can't be read.
    """
    # other bytes than UTF-8 become surrogates, which string_field refuses
    with (
        path.open("rb") as data,
        io.TextIOWrapper(data, "utf-8-sig", errors="surrogateescape", newline="") as file,
    ):
        # no second open: a pipe can be opened only once
        if (mark := data.peek(2)[:2]) in UTF16:
            decode(mark)
        # strict: otherwise an unclosed quote would swallow the rest of the file
        rows = csv.DictReader(file, strict=True)
        try:
            names = rows.fieldnames
        except csv.Error as error:
            raise ValueError(f"{path}:1: the names of the columns: {error}") from error
        if names is None:
            raise ValueError(f"{path}: the file is empty")
        rows.fieldnames = names = [name.strip() for name in names]
        try:
            read_columns(names)
        except ValueError as error:
            hint = "; columns must be separated by commas" if len(names) == 1 else ""
            raise ValueError(f"{path}: {error}{hint}") from error
        warn_of_unread(path, names)
        number = 0
        while True:
            number += 1
            start = rows.reader.line_num + 1
            # the limit belongs to the process, where another reader may need its own
            limit = csv.field_size_limit(LONGEST_FIELD)
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                lines = f"the lines {start} to {rows.reader.line_num}"
                yield str(number), ValueError(f"a quote isn't closed in {lines}: {error}")
                continue
            finally:
                csv.field_size_limit(limit)
            whole = None not in row and None not in row.values()
            yield str(number), row if whole else ValueError("more or fewer fields than columns")
