"""Posts in JSONL, read and written."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...extensions import Attributes
from ...sources import member_of
from ..files.atomic import naming, refuse_other_kinds
from ..files.utf8 import decode
from .doc_rows import row_of
from .fields import PICTURE_FIELDS, Record, warn_of_unread
from .run import Run
from .table_fields import with_pictures


def read_jsonl(path: Path, wanted: str = "") -> Iterator[tuple[str, Record]]:
    """Read the lines of a file, with references in place of the pictures' bytes.

    Args:
        path: The file.
        wanted: Key of the pictures; "" for `images` or `image`.

    Yields:
        The number of a line, with its object and its pictures, or the error of reading it.
    """
    warned = False
    end = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            start, end = end, end + len(line)
            if not line.strip():
                continue
            try:
                record = json.loads(decode(line))
                if not isinstance(record, dict):
                    raise ValueError(f"a line must be an object, not {record!r:.60}")
                warned = warned or _warn_of_keys(path, record, wanted)
                keys = (wanted,) if wanted else PICTURE_FIELDS
                key = next((key for key in keys if record.get(key)), "")
                reference = partial(_reference, path, key, start)
                yield str(number), with_pictures(record, key, reference)
            # deeply nested lists raise RecursionError
            except (ValueError, RecursionError) as error:
                yield str(number), error


def _reference(path: Path, key: str, start: int, *positions: int) -> str:
    if not path.is_file():
        raise ValueError("pictures in a pipe, which can't be read twice: write it to a file first")
    return member_of("jsonl", str(path), key, start, *positions)


def _warn_of_keys(path: Path, record: Mapping[str, Any], wanted: str) -> bool:
    """Warn if the pictures are under another key; returns whether there was a reason."""
    if not wanted:
        return warn_of_unread(path, [key for key in record if record[key]])
    if wanted in record:
        return False
    kinds = ", ".join(f"{key} ({type(value).__name__})" for key, value in record.items())
    warnings.warn(f"{path}: a post has no key {wanted!r}: its keys are {kinds}", stacklevel=2)
    return True


def line_of(
    doc: Doc, attrs: Attributes, both: bool, run: Run | None, aligned: bool = False
) -> bytes:
    """Format a document as a line, with the run that makes it, if any."""
    row = row_of(doc, attrs, both, aligned)
    if run is not None:
        row["run"] = run.mark(doc, attrs)
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()


@contextmanager
def jsonl_writer(
    path: Path,
    both: bool,
    attrs: Attributes,
    run: Run | None = None,
    restart: bool = False,
    aligned: bool = False,
) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Append a line for each document; every call is on its way to the disk when it returns.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.
        run: The run that makes the rows, so that a later run can continue it.
        restart: Whether to empty the file at the first call, or at the end if there was none.
        aligned: Whether the rows hold the alignments, and not the entities.

    Yields:
        A function that writes a batch of documents.
    """
    refuse_other_kinds(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # unbuffered: on a full disk, closing a buffered file would write and raise again
    with path.open("ab", buffering=0) as file:
        stale = restart

        def write(docs: Sequence[Doc]) -> None:
            nonlocal stale
            rest = memoryview(b"".join(line_of(doc, attrs, both, run, aligned) for doc in docs))
            with naming(path):
                if stale:
                    file.truncate(0)
                    stale = False
                while rest:
                    rest = rest[file.write(rest) :]

        yield write
        if stale:
            file.truncate(0)
