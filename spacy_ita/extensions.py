"""Every Doc and Span extension of the package, in one table.

Values are plain strings, numbers, lists and dicts, so that they survive
`DocBin(store_user_data=True)`, `Doc.to_bytes` and `nlp.pipe(n_process=2)`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span


@dataclass(frozen=True)
class Attributes:
    """The names under which `Doc._` and `Span._` hold pictures and their alignments.

    image_path: the picture's file, or its id where alignments are recorded ones; "" for none. An
        `os.PathLike` becomes a str, None "", and an integer, as an id, a str.
    image_objects: detected objects (LA), best first; None before alignment.
    image_captions: captions (GA), best first; None before alignment.
    image_ocr: lettering in the picture (OCA), in reading order; None before alignment.
    image_knowledge: paragraphs about picture and text; None before alignment.
    image_context: the alignments as one string, as the default formatter writes them.
    confidence: on `Span._`, an entity's marginal probability under the CRF; None if not known.
    """

    image_path: str = "image_path"
    image_objects: str = "image_objects"
    image_captions: str = "image_captions"
    image_ocr: str = "image_ocr"
    image_knowledge: str = "image_knowledge"
    image_context: str = "image_context"
    confidence: str = "confidence"

    @property
    def alignments(self) -> tuple[str, str, str, str]:
        """The names of the alignments."""
        return (self.image_objects, self.image_captions, self.image_ocr, self.image_knowledge)


DEFAULTS = Attributes()


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
        *((Doc, name, {"default": None}) for name in attrs.alignments),
        (Doc, attrs.image_context, {"getter": getter}),
        (Span, attrs.confidence, {"default": None}),
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
    if Doc.has_extension(name) and Doc.get_extension(name) == ("", None, None, None):
        # as earlier versions defined it, and code that ran before the import may
        Doc.remove_extension(name)
    return {"getter": _PathGetter(name), "setter": _PathSetter(name)}


@dataclass(frozen=True)
class _PathGetter:
    """Returns the path, or the id, of a Doc's picture; "" for none."""

    name: str

    def __call__(self, doc: Doc) -> str:
        user_data: dict[Any, Any] = doc.user_data
        return str(user_data.get(("._.", self.name, None, None), ""))


@dataclass(frozen=True)
class _PathSetter:
    """Keeps a path as a str, which can be saved. Raises TypeError for what is no path or id."""

    name: str

    def __call__(self, doc: Doc, path: str | os.PathLike[str] | int | None) -> None:
        if isinstance(path, os.PathLike):
            path = os.fsdecode(path)
        elif isinstance(path, Integral):
            path = str(path)
        elif not isinstance(path, str | None):
            raise TypeError(
                f"{self.name} of the document {doc.text[:40]!r} can't be of type "
                f"{type(path).__name__}: give the path of a file as str or os.PathLike, or the id "
                f"of a recorded picture; save bytes and images to a file first (docs/python.md)"
            )
        user_data: dict[Any, Any] = doc.user_data
        user_data["._.", self.name, None, None] = path or ""


@dataclass(frozen=True)
class _ContextGetter:
    """A getter that equals another of the same alignments, so that we know our own again."""

    image_objects: str
    image_captions: str
    image_ocr: str

    def __call__(self, doc: Doc) -> str:
        from .context import ContextFormatter

        return str(ContextFormatter()(doc, replace(DEFAULTS, **vars(self))))


def _is_ours(owner: type[Doc] | type[Span], name: str, **definition: Any) -> bool:
    """Whether the extension has this definition, which it is given if it is free."""
    if not owner.has_extension(name):
        owner.set_extension(name, **definition)
    wanted = {"default": None, "method": None, "getter": None, "setter": None, **definition}
    return owner.get_extension(name) == tuple(wanted.values())
