"""Every Doc and Span extension of the package, in one table.

Values are plain strings, numbers, lists and dicts, so that they survive
`DocBin(store_user_data=True)`, `Doc.to_bytes` and `nlp.pipe(n_process=2)`. What people put on a Doc
instead is made plain where it is set, and again where it is read: a list can be changed after it
was set, and a saved Doc comes back without being set.
"""

import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from .alignment.checks import ITEMS, Item, forms_of, is_plain, normalised
from .alignment.types import Alignment
from .attribute_names import DEFAULTS, Attributes
from .confidences import ConfidenceGetter, ConfidenceSetter
from .context import ContextFormatter

__all__ = ["DEFAULTS", "Attributes", "attributes", "attributes_of", "register"]


def attributes(names: Mapping[str, str] | None = None) -> Attributes:
    """The extensions under the given names (the defaults where none is given), registered.

    names: from the field names of `Attributes` to the names wanted on `Doc._` and `Span._`.
    Raises ValueError for an unknown field, and where a name is already registered with another
    definition: nothing is overwritten. Who renames objects, captions or lettering renames
    `image_context` too, which is made of them.
    """
    names = names or {}
    known = [field.name for field in fields(Attributes)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"unknown attributes {unknown}: the names that can be set are {known}")
    attrs = replace(DEFAULTS, **names)
    if clash := register(attrs):
        raise ValueError(clash)
    return attrs


def attributes_of(nlp: Language) -> Attributes:
    """The extensions under the names that a pipeline gives them, its disabled pipes too."""
    renamed: dict[str, str] = {}
    for _, pipe in nlp.components:
        if isinstance(attrs := getattr(pipe, "attrs", None), Attributes):
            renamed |= dict(vars(attrs).items() - vars(DEFAULTS).items())
    return replace(DEFAULTS, **renamed)


def register(attrs: Attributes) -> str:
    """Register the extensions whose names are free; a message of those that aren't, or ""."""
    getter = _ContextGetter(attrs.image_objects, attrs.image_captions, attrs.image_ocr)
    wanted: list[tuple[type[Doc] | type[Span], str, dict[str, Any]]] = [
        (Doc, attrs.image_path, _path_extension(attrs.image_path)),
        *(
            (Doc, name, _alignment_extension(name, item))
            for name, item in zip(attrs.alignments, ITEMS.values(), strict=True)
        ),
        (Doc, attrs.image_context, {"getter": getter}),
        (Span, attrs.confidence, _confidence_extension(attrs.confidence)),
    ]
    taken = [
        f"{owner.__name__}._.{name}"
        for owner, name, definition in wanted
        if not _is_ours(owner, name, **definition)
    ]
    if not taken:
        return ""
    return (
        f"already registered with another definition: {', '.join(taken)}; choose other names by "
        f"the setting `attrs`"
    )


def _path_extension(name: str) -> dict[str, Any]:
    """Define the extension that holds a picture's path."""
    _take_over(Doc, name, "")
    return {"getter": _PathGetter(name), "setter": _PathSetter(name)}


def _alignment_extension(name: str, item: Item) -> dict[str, Any]:
    """Define an extension that holds an alignment."""
    _take_over(Doc, name, None)
    return {"getter": _AlignmentGetter(name, item), "setter": _AlignmentSetter(name, item)}


def _confidence_extension(name: str) -> dict[str, Any]:
    """Define the extension that holds an entity's confidence."""
    _take_over(Span, name, None)
    return {"getter": ConfidenceGetter(name), "setter": ConfidenceSetter(name)}


def _take_over(owner: type[Doc] | type[Span], name: str, default: str | None) -> None:
    """Remove an extension that is defined as earlier versions did, or code before the import."""
    if owner.has_extension(name) and owner.get_extension(name) == (default, None, None, None):
        owner.remove_extension(name)


def _key(name: str) -> Any:
    """The key in `Doc.user_data` under which spaCy keeps an extension."""
    return ("._.", name, None, None)


def _refusal(doc: Doc, name: str, value: Any, forms: str) -> ValueError:
    return ValueError(
        f"{name} of the document {doc.text[:40]!r} can't be {reprlib.repr(value)} "
        f"({type(value).__name__}): {forms}"
    )


@dataclass(frozen=True)
class _PathGetter:
    """Returns the path, or the id, of a Doc's picture; "" for none."""

    name: str

    def __call__(self, doc: Doc) -> str:
        return str(doc.user_data.get(_key(self.name), ""))


@dataclass(frozen=True)
class _PathSetter:
    """Keeps a path as a str, which can be saved. Raises ValueError for what is no path or id."""

    name: str

    def __call__(self, doc: Doc, path: str | os.PathLike[str] | int | None) -> None:
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
class _AlignmentGetter:
    """Returns an alignment in plain values. Raises ValueError for what can't be read as one."""

    name: str
    item: Item

    def __call__(self, doc: Doc) -> Alignment | None:
        value = doc.user_data.get(_key(self.name))
        if value is not None and not is_plain(value, self.item):
            _AlignmentSetter(self.name, self.item)(doc, value)
            value = doc.user_data[_key(self.name)]
        return value


@dataclass(frozen=True)
class _AlignmentSetter:
    """Keeps an alignment in plain values. Raises ValueError for what can't be read as one."""

    name: str
    item: Item

    def __call__(self, doc: Doc, value: Any) -> None:
        if value is not None and not is_plain(value, self.item):
            try:
                value = normalised(value, self.item)
            except (ValueError, TypeError) as error:
                forms = f"{error}; {forms_of(self.item)}"
                raise _refusal(doc, self.name, value, forms) from error
        doc.user_data[_key(self.name)] = value


@dataclass(frozen=True)
class _ContextGetter:
    """A getter that equals another of the same alignments, so that we know our own again."""

    image_objects: str
    image_captions: str
    image_ocr: str

    def __call__(self, doc: Doc) -> str:
        return str(ContextFormatter()(doc, replace(DEFAULTS, **vars(self))))


def _is_ours(owner: type[Doc] | type[Span], name: str, **definition: Any) -> bool:
    """Whether the extension has this definition, which it is given if it is free."""
    if not owner.has_extension(name):
        owner.set_extension(name, **definition)
    wanted = {"default": None, "method": None, "getter": None, "setter": None, **definition}
    return owner.get_extension(name) == tuple(wanted.values())
