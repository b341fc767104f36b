"""Getters and setters of the extensions, which store plain values only.

Other values are converted when they are set, and again when they are read: a list may change after
it was set, and a saved Doc is restored without a setter.
"""

import base64
import os
import reprlib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from spacy.tokens import Doc

from .alignments import Alignment
from .normalisation import Item, forms_of, is_plain, normalised


def _key(name: str) -> Any:
    """Return the key of an extension in `Doc.user_data`, as spaCy builds it."""
    return ("._.", name, None, None)


def _refusal(doc: Doc, name: str, value: Any, forms: str) -> ValueError:
    return ValueError(
        f"{name} of the document {doc.text[:40]!r} can't be {reprlib.repr(value)} "
        f"({type(value).__name__}): {forms}"
    )


@dataclass(frozen=True)
class PathGetter:
    """A getter of the path, or the id, of a Doc's picture; "" for none."""

    name: str

    def __call__(self, doc: Doc) -> str:
        """Return the path of a Doc's picture."""
        return str(doc.user_data.get(_key(self.name), ""))


@dataclass(frozen=True)
class PathSetter:
    """A setter that stores a path as a str, which can be saved."""

    name: str

    def __call__(self, doc: Doc, path: str | os.PathLike[str] | int | bytes | None) -> None:
        """Store the path of a Doc's picture; bytes become a `data:` URI.

        Raises:
            ValueError: If the value is none of the accepted forms.
        """
        doc.user_data[_key(self.name)] = _plain_path(doc, self.name, path)


def data_uri(data: bytes | bytearray | memoryview) -> str:
    """Write the bytes of a picture as a `data:` URI, in which a Doc holds them."""
    return f"data:;base64,{base64.b64encode(data).decode()}"


def _plain_path(doc: Doc, name: str, path: Any) -> str:
    """Convert a path, URI, id or bytes to a str, which can be saved."""
    if isinstance(path, os.PathLike):
        path = os.fsdecode(path)
    elif isinstance(path, bytes | bytearray | memoryview):
        path = data_uri(path)
    elif isinstance(path, Integral) and not isinstance(path, bool):
        path = str(path)
    elif not isinstance(path, str | None):
        forms = (
            "give the path or URI of a picture as str or os.PathLike, the id of a recorded "
            "one, or the bytes of a file (docs/sources.md)"
        )
        raise _refusal(doc, name, path, forms)
    try:
        (path or "").encode()
    except UnicodeEncodeError as error:
        forms = "it is not UTF-8, which no saved Doc and no other process takes: rename the file"
        raise _refusal(doc, name, path, forms) from error
    return str(path or "")


@dataclass(frozen=True)
class PathsGetter:
    """A getter of the paths of all pictures of a Doc.

    Attributes:
        name: Name of the extension.
        first: Name of the extension that holds the first path.
    """

    name: str
    first: str

    def __call__(self, doc: Doc) -> list[str]:
        """Return the paths; those set earlier count only if the first is still the same."""
        path = PathGetter(self.first)(doc)
        paths = doc.user_data.get(_key(self.name)) or [path]
        return list(paths) if path and paths[0] == path else [path] * bool(path)


@dataclass(frozen=True)
class PathsSetter:
    """A setter of the paths of all pictures of a Doc.

    Attributes:
        name: Name of the extension.
        first: Name of the extension that holds the first path.
    """

    name: str
    first: str

    def __call__(self, doc: Doc, paths: Any) -> None:
        """Store one path, or a list of paths; each counts once.

        Raises:
            ValueError: If a value is none of the accepted forms.
        """
        single = isinstance(paths, str | bytes | bytearray | memoryview | os.PathLike | None)
        if not single and not isinstance(paths, Iterable):
            raise _refusal(doc, self.name, paths, "give a list of paths")
        found = [_plain_path(doc, self.name, path) for path in ([paths] if single else paths)]
        found = list(dict.fromkeys(path for path in found if path))
        doc.user_data[_key(self.first)] = found[0] if found else ""
        doc.user_data.pop(_key(self.name), None)
        # a Doc with one picture is saved as it always was
        if len(found) > 1:
            doc.user_data[_key(self.name)] = found


@dataclass(frozen=True)
class AlignmentGetter:
    """A getter of an alignment in plain values."""

    name: str
    item: Item

    def __call__(self, doc: Doc) -> Alignment | None:
        """Return a Doc's alignment, or None before alignment.

        Raises:
            ValueError: If the stored value can't be converted to an alignment.
        """
        value = doc.user_data.get(_key(self.name))
        if value is not None and not is_plain(value, self.item):
            AlignmentSetter(self.name, self.item)(doc, value)
            value = doc.user_data[_key(self.name)]
        return value


@dataclass(frozen=True)
class AlignmentSetter:
    """A setter that stores an alignment in plain values."""

    name: str
    item: Item

    def __call__(self, doc: Doc, value: Any) -> None:
        """Store a Doc's alignment.

        Raises:
            ValueError: If the value can't be converted to an alignment.
        """
        if value is not None and not is_plain(value, self.item):
            try:
                value = normalised(value, self.item)
            except (ValueError, TypeError) as error:
                forms = f"{error}; {forms_of(self.item)}"
                raise _refusal(doc, self.name, value, forms) from error
        doc.user_data[_key(self.name)] = value


@dataclass(frozen=True)
class DerivedSetter:
    """A setter of an extension that is written from the alignments: it warns, and sets nothing.

    Without it, spaCy would store a value that no getter reads. `Doc.from_json` sets what it finds.
    """

    name: str

    def __call__(self, doc: Doc, value: Any) -> None:
        """Warn of a value that is not what the alignments give."""
        if value and value != doc._.get(self.name):
            warnings.warn(
                f"{self.name} of the document {doc.text[:40]!r} can't be set: it is written from "
                f"the alignments; set those, such as doc._.image_captions = ['a man']",
                stacklevel=4,
            )
