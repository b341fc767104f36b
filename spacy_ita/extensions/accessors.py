"""Getters and setters of the extensions, which store plain values only.

Other values are converted when they are set, and again when they are read: a list may change after
it was set, and a saved Doc is restored without a setter.
"""

import os
import reprlib
import warnings
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

    def __call__(self, doc: Doc, path: str | os.PathLike[str] | int | None) -> None:
        """Store the path of a Doc's picture.

        Raises:
            ValueError: If the value is neither a path nor an id.
        """
        if isinstance(path, os.PathLike):
            path = os.fsdecode(path)
        elif isinstance(path, Integral) and not isinstance(path, bool):
            path = str(path)
        elif not isinstance(path, str | None):
            forms = (
                "give the path of a file as str or os.PathLike, or the id of a recorded picture; "
                "save bytes and images to a file first (docs/python.md)"
            )
            raise _refusal(doc, self.name, path, forms)
        try:
            (path or "").encode()
        except UnicodeEncodeError as error:
            forms = (
                "it is not UTF-8, which no saved Doc and no other process takes: rename the file"
            )
            raise _refusal(doc, self.name, path, forms) from error
        doc.user_data[_key(self.name)] = str(path or "")


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
