"""Formats of recorded alignments: those of older studies, and this project's own."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from ...extensions.normalisation import ITEMS
from . import bottom_up, conll, jsonl, parquet, vinvl
from .rows import Row

Format = Literal["jsonl", "parquet", "vinvl", "bottom-up", "kbner", "pgim"]

Reader = Callable[..., Iterator[tuple[str, Row]]]
"""Takes a file, and for bottom-up attention the files of its names; yields the place and the
content of each row."""

Writer = Callable[..., None]
"""Takes documents, the names of their extensions, the file to write, and for bottom-up attention
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
"""Parts that each writer writes."""
SUFFIXES = {".parquet": "parquet", ".tsv": "vinvl", ".txt": "kbner", ".conll": "kbner"}


def format_of(path: str | Path) -> str:
    """Return the format of a file by its suffix; JSONL for any other suffix."""
    return SUFFIXES.get(Path(path).suffix, "jsonl")


def vocabularies(
    format: str, object_names: str | Path | None, attribute_names: str | Path | None
) -> dict[str, Path]:
    """Collect the files of names that the format's reader and writer take as arguments.

    Raises:
        ValueError: If bottom-up attention has no names of objects, or another format has names.
    """
    files = {"object_names": object_names, "attribute_names": attribute_names}
    names = {name: Path(file) for name, file in files.items() if file is not None}
    if format == "bottom-up" and object_names is None:
        raise ValueError("format 'bottom-up' needs object_names: its files contain only numbers")
    if format != "bottom-up" and names:
        raise ValueError(f"{' and '.join(names)}: only format 'bottom-up' takes names")
    return names
