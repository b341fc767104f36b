"""JSONL with one object per picture."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.tokens import Doc

from ...extensions import Attributes
from .rows import Row, parsed, rows


def read(path: Path) -> Iterator[tuple[str, Row]]:
    """Read the rows of a file, each with its place; empty lines are skipped."""
    return parsed(path, json.loads)


def write(docs: Iterable[Doc], attrs: Attributes, path: Path) -> None:
    """Write all fields of the alignments."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(docs, attrs))
    path.write_bytes(text.encode("utf8"))
