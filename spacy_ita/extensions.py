"""Every Doc and Span extension of the package, in one table.

Values are plain strings, numbers, lists and dicts, so that they survive
`DocBin(store_user_data=True)`, `Doc.to_bytes` and `nlp.pipe(n_process=2)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from spacy.tokens import Doc, Span


@dataclass(frozen=True)
class Attributes:
    """The names under which `Doc._` and `Span._` hold pictures and their alignments.

    image_path: the picture's file, or its id where alignments are recorded ones; "" for none.
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


def attributes(names: Mapping[str, str] | None = None) -> Attributes:
    """The extensions under the given names (the defaults where none is given), registered.

    names: from the field names of `Attributes` to the names wanted on `Doc._` and `Span._`.
    Raises ValueError for an unknown field, and where a name is already registered with another
    definition: nothing is overwritten. Who renames an alignment renames `image_context` too,
    which is made of it.
    """
    names = names or {}
    known = [field.name for field in fields(Attributes)]
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"unknown attributes {unknown}: the names that can be set are {known}")
    attrs = replace(Attributes(), **names)
    _register(Doc, attrs.image_path, default="")
    for name in attrs.alignments:
        _register(Doc, name, default=None)
    _register(Doc, attrs.image_context, getter=_ContextGetter(attrs))
    _register(Span, attrs.confidence, default=None)
    return attrs


@dataclass(frozen=True)
class _ContextGetter:
    """A getter that equals another of the same attributes, so that we know our own again."""

    attrs: Attributes

    def __call__(self, doc: Doc) -> str:
        from .context import ContextFormatter

        return str(ContextFormatter()(doc, self.attrs))


def _register(owner: type[Doc] | type[Span], name: str, **definition: Any) -> None:
    if not owner.has_extension(name):
        owner.set_extension(name, **definition)
        return
    default, method, getter, setter = owner.get_extension(name)
    wanted = {"default": None, "getter": None, **definition}
    if method or setter or {"default": default, "getter": getter} != wanted:
        raise ValueError(
            f"{owner.__name__}._.{name} is already registered with another definition; choose "
            f"another name by the setting `attrs`"
        )
