"""A picture's alignments as a row, whatever the file that holds them."""

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
"""`image_id`, and under `objects`, `captions`, `ocr` and `knowledge` a list of items each."""

OTHER_SUFFIXES = {".avif", ".heic", ".heif", ".jxl", ".svg"}
"""Those of pictures that Pillow may lack."""

LONGEST = 300
"""Characters of a cause: it may quote a whole record."""


@contextmanager
def located(path: Path, place: str) -> Iterator[None]:
    """Raises BackendError, which names the file and the place in it, for what isn't as it must."""
    try:
        yield
    # parsers raise whatever a broken record makes them run into, on lines of their own
    except Exception as error:
        cause = " ".join(str(error).split())[:LONGEST] or type(error).__name__
        raise BackendError(f"{path}, {place}: {cause}") from error


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a UTF-8 file without their ends and its mark (BOM), each with its place."""
    # splits at line feeds alone: other separators may stand inside a text
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            place = f"line {number}"
            with located(path, place):
                text = line.decode("utf-8-sig" if number == 1 else "utf8")
            yield place, text.rstrip("\r\n")


def parsed(path: Path, parse: Callable[[str], Row]) -> Iterator[tuple[str, Row]]:
    """The rows of a file that has one a line, each with its place; empty lines are passed over."""
    for place, line in lines(path):
        if line.strip():
            with located(path, place):
                yield place, parse(line)


def rows(docs: Iterable[Doc], attrs: Attributes) -> list[Row]:
    """A row for each picture of the documents, in order of appearance.

    What several documents say of the same picture is united. Raises ValueError for two pictures
    of the same name.
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
    """Each document with its picture's id, "" for none.

    Raises ValueError for two pictures of the same name.
    """
    paths: dict[str, str] = {}
    for doc in docs:
        path = doc._.get(attrs.image_path) or ""
        name = image_id(path)
        if name and paths.setdefault(name, path) != path:
            raise ValueError(f"two pictures have the id {name!r}: {paths[name]!r} and {path!r}")
        yield name, doc


def bare_name(path: str) -> str:
    """A file's name without folder, and without its suffix if that is one of pictures.

    A dot may stand in an id: `17.06.1` isn't `17.06`.
    """
    name = PurePath(path)
    suffixes = Image.registered_extensions().keys() | OTHER_SUFFIXES
    return name.stem if name.suffix.lower() in suffixes else name.name


def image_id(path: str) -> str:
    """The id of a picture: its file's name without folder and a picture's suffix.

    Raises ValueError for one that would break a line of columns.
    """
    name = bare_name(path)
    if any(character in name for character in "\t\r\n"):
        raise ValueError(f"the id of a picture can't hold a tab or an end of line: {path!r}")
    return name
