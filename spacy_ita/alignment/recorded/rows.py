"""The alignments of a picture as a row, independent of the format of the file."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from PIL import Image
from spacy.tokens import Doc

from ...errors import BackendError
from ...extensions import Attributes
from ...extensions.normalisation import ITEMS

Row = dict[str, Any]
"""`image_id`, and lists of entries under `objects`, `captions`, `ocr` and `knowledge`."""

OTHER_SUFFIXES = {".avif", ".heic", ".heif", ".jxl", ".svg"}
"""Suffixes of pictures that Pillow may not know."""

LONGEST = 300
"""Maximum number of characters of a cause, which may quote a whole record."""


@contextmanager
def located(path: Path, place: str) -> Iterator[None]:
    """Turn any error inside into a BackendError that names the file and the place in it."""
    try:
        yield
    # parsers raise all kinds of errors for a broken record, with messages of several lines
    except Exception as error:
        cause = " ".join(str(error).split())[:LONGEST] or type(error).__name__
        raise BackendError(f"{path}, {place}: {cause}") from error


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a UTF-8 file with their places, without line ends and BOM."""
    # split at line feeds only: other separators may stand inside a text
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"line {number}"
            with located(path, place):
                text = line.decode("utf-8-sig" if number == 1 else "utf8")
            yield place, text.rstrip("\r\n")


def parsed(path: Path, parse: Callable[[str], Row]) -> Iterator[tuple[str, Row]]:
    """Parse a file with one row per line; yields each row with its place, and skips empty lines."""
    for place, line in lines(path):
        if line.strip():
            with located(path, place):
                yield place, parse(line)


def rows(docs: Iterable[Doc], attrs: Attributes) -> list[Row]:
    """Collect a row for each picture of the documents, in order of appearance.

    The alignments of several documents with the same picture are merged.

    Raises:
        ValueError: If two pictures have the same name.
    """
    found: dict[str, Row] = {}
    for name, doc in identified(docs, attrs):
        if not name:
            continue
        row = found.setdefault(name, {"image_id": name})
        for part, extension in zip(ITEMS, attrs.alignments, strict=True):
            items = doc._.get(extension)
            if items is not None:
                known = row.setdefault(part, [])
                known += [item for item in items if item not in known]
    return list(found.values())


def identified(docs: Iterable[Doc], attrs: Attributes) -> Iterator[tuple[str, Doc]]:
    """Yield the documents with the ids of their pictures, "" for none.

    Raises:
        ValueError: If two pictures have the same name.
    """
    paths: dict[str, str] = {}
    for doc in docs:
        path = doc._.get(attrs.image_path) or ""
        name = image_id(path)
        if name and paths.setdefault(name, path) != path:
            raise ValueError(f"two pictures have the id {name!r}: {paths[name]!r} and {path!r}")
        yield name, doc


def bare_name(path: str) -> str:
    """Return a file's name without its folder, and without a picture's suffix.

    Other suffixes stay, as an id may contain a dot: `17.06.1` isn't `17.06`.
    """
    name = PurePath(path)
    suffixes = Image.registered_extensions().keys() | OTHER_SUFFIXES
    return name.stem if name.suffix.lower() in suffixes else name.name


def image_id(path: str) -> str:
    """Return the id of a picture, the name of its file without folder and a picture's suffix.

    Raises:
        ValueError: If the id contains a tab or an end of line.
    """
    name = bare_name(path)
    if any(character in name for character in "\t\r\n"):
        raise ValueError(f"the id of a picture can't hold a tab or an end of line: {path!r}")
    return name
