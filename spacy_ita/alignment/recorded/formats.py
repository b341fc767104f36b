"""Files of alignments: those of older studies, and our own."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from ...extensions.normalisation import ITEMS
from . import bottom_up, conll, jsonl, parquet, vinvl
from .rows import Row

Format = Literal["jsonl", "parquet", "vinvl", "bottom-up", "kbner", "pgim"]

Reader = Callable[..., Iterator[tuple[str, Row]]]
"""From a file, and for bottom-up attention those of its names too, to the file's rows, each with
its place in it."""

Writer = Callable[..., None]
"""Takes documents, the names of their attributes and the file to write, and for bottom-up attention
the files of its names."""

READERS: dict[str, Reader] = {
    "jsonl": jsonl.read,
    "parquet": parquet.read,
    "vinvl": vinvl.read,
    "bottom-up": bottom_up.read,
    "kbner": partial(conll.read, part="captions"),
    "pgim": partial(conll.read, part="knowledge"),
}
WRITERS: dict[str, Writer] = {
    "jsonl": jsonl.write,
    "parquet": parquet.write,
    "vinvl": vinvl.write,
    "bottom-up": bottom_up.write,
    "kbner": partial(conll.write, mode="All"),
    "pgim": partial(conll.write, mode="K"),
}
HELD: dict[str, tuple[str, ...]] = {
    "jsonl": tuple(ITEMS),
    "parquet": tuple(ITEMS),
    "vinvl": ("objects",),
    "bottom-up": ("objects",),
    "kbner": ("objects", "captions", "ocr"),
    "pgim": ("knowledge",),
}
"""The parts that a writer writes."""
SUFFIXES = {".parquet": "parquet", ".tsv": "vinvl", ".txt": "kbner", ".conll": "kbner"}


def format_of(path: str | Path) -> str:
    """The format that a file's suffix tells: JSONL where it tells none."""
    return SUFFIXES.get(Path(path).suffix, "jsonl")


def vocabularies(
    format: str, object_names: str | Path | None, attribute_names: str | Path | None
) -> dict[str, Path]:
    """The files of names as what the format's reader and writer take, none for most.

    Raises ValueError for bottom-up attention without the first, and for names with another format.
    """
    files = {"object_names": object_names, "attribute_names": attribute_names}
    names = {name: Path(file) for name, file in files.items() if file is not None}
    if format == "bottom-up" and object_names is None:
        raise ValueError("format 'bottom-up' needs object_names: its files contain only numbers")
    if format != "bottom-up" and names:
        raise ValueError(f"{' and '.join(names)}: only format 'bottom-up' takes names")
    return names
