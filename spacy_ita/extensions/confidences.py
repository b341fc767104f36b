"""Confidences of entities, stored so that another entity in the same place doesn't show them.

The keys in `doc.user_data` have the form of spaCy's extensions, so slices, merged Docs, DocBins and
other processes keep them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc, Span

ORIGIN = "crf_ner"
"""Key of an entity's origin: the name of the pipe that found it, and its label at that time."""
TEXT_VIEW = "entities_text"
"""Key of the text view's entities in `Doc.spans`, and the `id_` of each; they have confidences of
their own."""


@dataclass(frozen=True)
class ConfidenceGetter:
    """A getter of an entity's confidence; None if it is unknown, or was another entity's.

    Attributes:
        name: Name of the extension.
    """

    name: str

    def __call__(self, span: Span) -> float | None:
        """Return the confidence of a span."""
        user_data: Mapping[Any, Any] = span.doc.user_data
        if span.id_ == TEXT_VIEW:
            return user_data.get(_key(f"{self.name}.{TEXT_VIEW}", span))
        _, label = user_data.get(_key(ORIGIN, span), ("", span.label_))
        return user_data.get(_key(self.name, span)) if label == span.label_ else None


@dataclass(frozen=True)
class ConfidenceSetter:
    """A setter of the confidence of an entity, in the text view or not.

    Attributes:
        name: Name of the extension.
    """

    name: str

    def __call__(self, span: Span, value: float | None) -> None:
        """Store the confidence of a span."""
        user_data: dict[Any, Any] = span.doc.user_data
        if span.id_ == TEXT_VIEW:
            user_data[_key(f"{self.name}.{TEXT_VIEW}", span)] = value
            return
        found = user_data.get(_key(ORIGIN, span))
        if found and found[1] != span.label_:
            del user_data[_key(ORIGIN, span)]
        user_data[_key(self.name, span)] = value


def set_origin(ent: Span, pipe: str) -> None:
    """Note that the pipe named `pipe` found an entity."""
    user_data: dict[Any, Any] = ent.doc.user_data
    user_data[_key(ORIGIN, ent)] = (pipe, ent.label_)


def origins(doc: Doc, pipe: str) -> dict[tuple[int, int], str]:
    """Collect the entities that a pipe found, including those replaced since.

    Returns:
        The label that the pipe set, by the offsets of the first character and the one after the
        last.
    """
    user_data: dict[Any, Any] = doc.user_data
    return {
        key[2:]: value[1]
        for key, value in user_data.items()
        if isinstance(key, tuple) and key[:2] == ("._.", ORIGIN) and value[0] == pipe
    }


def forget(doc: Doc, pipe: str, confidence: str) -> None:
    """Remove the origins and confidences of a pipe's entities from a Doc.

    Args:
        doc: The Doc.
        pipe: Name of the pipe.
        confidence: Name of the extension.
    """
    user_data: dict[Any, Any] = doc.user_data
    for span in origins(doc, pipe):
        for kind in (ORIGIN, confidence):
            user_data.pop(("._.", kind, *span), None)


def forget_text_view(doc: Doc, confidence: str) -> None:
    """Remove the confidences of the text view's entities from a Doc.

    Args:
        doc: The Doc.
        confidence: Name of the extension.
    """
    user_data: dict[Any, Any] = doc.user_data
    start = ("._.", f"{confidence}.{TEXT_VIEW}")
    for key in [key for key in user_data if isinstance(key, tuple) and key[:2] == start]:
        del user_data[key]


def _key(name: str, span: Span) -> Any:
    return ("._.", name, span.start_char, span.end_char)
