"""Files of alignments: those of older studies, and our own."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from spacy.tokens import Doc

from ...extensions import Attributes
from . import bottom_up, conll, jsonl, parquet, vinvl
from .rows import ITEMS, Row

Format = Literal["jsonl", "parquet", "vinvl", "bottom-up", "kbner", "pgim"]

Reader = Callable[..., Iterator[tuple[str, Row]]]
"""From a file, and for bottom-up attention those of its names too, to the file's rows, each with
its place in it."""

READERS: dict[str, Reader] = {
    "jsonl": jsonl.read,
    "parquet": parquet.read,
    "vinvl": vinvl.read,
    "bottom-up": bottom_up.read,
    "kbner": partial(conll.read, part="captions"),
    "pgim": partial(conll.read, part="knowledge"),
}
WRITERS: dict[str, Callable[[Iterable[Doc], Attributes, Path], None]] = {
    "jsonl": jsonl.write,
    "parquet": parquet.write,
    "vinvl": vinvl.write,
    "kbner": partial(conll.write, mode="All"),
    "pgim": partial(conll.write, mode="K"),
}
HELD: dict[str, tuple[str, ...]] = {
    "jsonl": tuple(ITEMS),
    "parquet": tuple(ITEMS),
    "vinvl": ("objects",),
    "kbner": ("objects", "captions", "ocr"),
    "pgim": ("knowledge",),
}
"""The parts that a writer writes."""
SUFFIXES = {".parquet": "parquet", ".tsv": "vinvl", ".txt": "kbner", ".conll": "kbner"}


def format_of(path: str | Path) -> str:
    """The format that a file's suffix tells: JSONL where it tells none."""
    return SUFFIXES.get(Path(path).suffix, "jsonl")
