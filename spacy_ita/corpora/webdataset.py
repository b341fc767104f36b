"""Archives of pictures with their texts and fields, as WebDataset's shards have them."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from ..sources import member_of
from .files.archive import members, scheme_of
from .files.utf8 import decode
from .folder import picture_suffixes
from .rows.fields import Record
from .rows.table_fields import PICTURES

LARGEST_TEXT = 2**27
"""Maximum size of a `.json` or `.txt` that is read, in bytes."""


def read_archive(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the posts of a tar or zip: files in a row whose names are equal up to the first dot.

    A post has its pictures, the fields of a `.json` and the text of a `.txt`. Its id is the name,
    unless the `.json` has one.

    Yields:
        The name of a post, with its fields and pictures, or the error of reading them.

    Raises:
        ValueError: If the file is no archive.
    """
    pictures = picture_suffixes()
    scheme = scheme_of(path)
    files = (item for item in members(path, LARGEST_TEXT) if not _is_hidden(item[0]))
    for key, group in groupby(files, lambda item: _key(item[0])):
        held = dict(group)
        names = [name for name in held if PurePosixPath(name).suffix.lower() in pictures]
        texts = {PurePosixPath(name).suffix.lower(): data for name, data in held.items()}
        try:
            record = _fields(texts)
        except (ValueError, RecursionError) as error:
            yield key, error
            continue
        if names or record:
            sources = [member_of(scheme, str(path), name) for name in names]
            yield key, {"id": key, **record, PICTURES: sources}


def _fields(texts: Mapping[str, bytes | None]) -> dict[str, Any]:
    """Return the fields of a post's `.json`, with the text of its `.txt` under `text`."""
    record: Any = json.loads(decode(found)) if (found := texts.get(".json")) else {}
    if not isinstance(record, dict):
        raise ValueError(f"a .json must hold an object, not a {type(record).__name__}")
    if found := texts.get(".txt"):
        record["text"] = decode(found).strip()
    return record


def _key(name: str) -> str:
    folder, _, file = name.removeprefix("./").rpartition("/")
    return f"{folder}/{file.partition('.')[0]}".removeprefix("/")


def _is_hidden(name: str) -> bool:
    # macOS puts files such as ._a.jpg into its archives
    return any(part.startswith("._") or part == "__MACOSX" for part in name.split("/"))
