"""Posts in CSV."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ..files.utf8 import UTF16, decode
from .fields import Record, picture_column, refuse_repeated
from .pictures import as_data_uri
from .table_fields import with_pictures

LONGEST_FIELD = 2**27
"""Limit of a field in CSV, in characters; Python's own limit is 131,072."""


def read_csv(path: Path, wanted: str = "") -> Iterator[tuple[str, Record]]:
    """Read the rows of a file, whose first line names the columns.

    Args:
        path: The file.
        wanted: Column of the pictures; "" for `images` or `image`.

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
            refuse_repeated(names)
            pictures = picture_column(path, dict.fromkeys(names, "text"), wanted)
        except ValueError as error:
            hint = "; columns must be separated by commas" if len(names) == 1 else ""
            raise ValueError(f"{path}: {error}{hint}") from error
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
            if not whole:
                yield str(number), ValueError("more or fewer fields than columns")
                continue
            # CSV has no references: a picture in a field stays with its post
            content = partial(as_data_uri, row.get(pictures) or "")
            yield str(number), with_pictures(_listed(row, pictures), pictures, content)


def _listed(row: dict[str, Any], field: str) -> dict[str, Any]:
    """Parse the list of pictures in a field, if it is one in JSON."""
    if row.get(field, "").startswith("["):
        with suppress(ValueError, RecursionError):
            return {**row, field: json.loads(row[field])}
    return row
