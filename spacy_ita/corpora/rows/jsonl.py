"""Posts in JSONL, read and written."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spacy.tokens import Doc

from ...extensions import Attributes
from ..files.atomic import naming, refuse_other_kinds
from ..files.utf8 import decode
from .doc_rows import row_of
from .fields import Record, warn_of_unread
from .run import Run


def read_jsonl(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the lines of a file.

    Yields:
        The number of a line, with its object, or the error of reading it.
    """
    warned = False
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(decode(line))
                if not isinstance(record, dict):
                    raise ValueError(f"a line must be an object, not {record!r:.60}")
                warned = warned or warn_of_unread(path, [key for key in record if record[key]])
                yield str(number), record
            # deeply nested lists raise RecursionError
            except (ValueError, RecursionError) as error:
                yield str(number), error


def line_of(doc: Doc, attrs: Attributes, both: bool, run: Run | None) -> bytes:
    """Format a document as a line, with the run that makes it, if any."""
    row = row_of(doc, attrs, both)
    if run is not None:
        row["run"] = run.mark(doc, attrs)
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()


@contextmanager
def jsonl_writer(
    path: Path, both: bool, attrs: Attributes, run: Run | None = None, restart: bool = False
) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Append a line for each document; every call is on its way to the disk when it returns.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.
        run: The run that makes the rows, so that a later run can continue it.
        restart: Whether to empty the file at the first call, or at the end if there was none.

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
            rest = memoryview(b"".join(line_of(doc, attrs, both, run) for doc in docs))
            with naming(path):
                if stale:
                    file.truncate(0)
                    stale = False
                while rest:
                    rest = rest[file.write(rest) :]

        yield write
        if stale:
            file.truncate(0)
