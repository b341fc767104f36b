"""The alignments of a picture as a row, independent of the format of the file."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from spacy.tokens import Doc

from ...errors import BackendError
from ...extensions import Attributes
from ...extensions.normalisation import ITEMS, PICTURE
from ...sources.uri import TABLES, WEB, parse

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
    known_ids = UniqueIds()
    for doc in docs:
        for number, path in enumerate(doc._.get(attrs.image_paths)):
            name = known_ids.of(path)
            row = found.setdefault(name, {"image_id": name})
            for part, extension in zip(ITEMS, attrs.alignments, strict=True):
                items = doc._.get(extension)
                if items is not None:
                    known = row.setdefault(part, [])
                    known += [item for item in of_picture(items, number) if item not in known]
    return list(found.values())


def of_picture(items: Iterable[Mapping[str, Any]], number: int) -> list[Row]:
    """Return the entries of one of a document's pictures, without its number."""
    return [
        {field: value for field, value in item.items() if field != PICTURE}
        for item in items
        if item.get(PICTURE, 0) == number
    ]


def identified(docs: Iterable[Doc], attrs: Attributes) -> Iterator[tuple[str, Doc]]:
    """Yield the documents with the ids of their first pictures, "" for none.

    Raises:
        ValueError: If two pictures have the same name.
    """
    known_ids = UniqueIds()
    for doc in docs:
        yield known_ids.of(doc._.get(attrs.image_path)), doc


class UniqueIds:
    """The ids of pictures, each of which stands for one path."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the id of a picture. Raises ValueError if another one has it."""
        name = image_id(path)
        if name and (known := self._paths.setdefault(name, path)) != path:
            raise ValueError(f"two pictures have the id {name!r}: {known!r} and {path!r}")
        return name


def bare_name(path: str) -> str:
    """Return a file's name without its folder, and without a picture's suffix.

    Other suffixes stay, as an id may contain a dot: `17.06.1` isn't `17.06`.
    """
    name = PurePath(path)
    suffixes = Image.registered_extensions().keys() | OTHER_SUFFIXES
    return name.stem if name.suffix.lower() in suffixes else name.name


def name_of(path: str) -> str:
    """Return the name of a picture, which may be a file, a URI or a member of a container."""
    address = parse(path)
    if address.scheme in TABLES:
        return f"{PurePath(address.container).name}-{address.place}".replace("/", "-")
    if address.scheme == "data":
        return hashlib.sha256(path.encode()).hexdigest()[:16]
    return bare_name(urlsplit(path).path if address.scheme in WEB else address.place)


def image_id(path: str) -> str:
    """Return the id of a picture, the name of its file without folder and a picture's suffix.

    The id of a picture in a table is that of the table's file, with column and row.

    Raises:
        ValueError: If the id contains a tab or an end of line.
    """
    name = name_of(path)
    if any(character in name for character in "\t\r\n"):
        raise ValueError(f"the id of a picture can't hold a tab or an end of line: {path!r}")
    return name
