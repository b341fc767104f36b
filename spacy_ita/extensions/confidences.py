"""How sure a tagger is of an entity, kept so that no other entity in its place shows it.

The keys in `doc.user_data` are such as spaCy's extensions have, which go along into slices, merged
Docs, DocBins and other processes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spacy.tokens import Doc, Span

ORIGIN = "crf_ner"
"""Of a key: there is the name of the pipe that found an entity, and its label then."""
TEXT_VIEW = "entities_text"
"""The name on `Doc.spans` of the text view's entities, and the `id_` of each: they have confidences
of their own."""


@dataclass(frozen=True)
class ConfidenceGetter:
    """Returns an entity's confidence; None where it is not known, or was another entity's.

    name: Of the extension.
    """

    name: str

    def __call__(self, span: Span) -> float | None:
        """Look the confidence up for a span."""
        user_data: Mapping[Any, Any] = span.doc.user_data
        if span.id_ == TEXT_VIEW:
            return user_data.get(_key(f"{self.name}.{TEXT_VIEW}", span))
        _, label = user_data.get(_key(ORIGIN, span), ("", span.label_))
        return user_data.get(_key(self.name, span)) if label == span.label_ else None


@dataclass(frozen=True)
class ConfidenceSetter:
    """Keeps the confidence of an entity that is not a tagger's, or of one in the text view.

    name: Of the extension.
    """

    name: str

    def __call__(self, span: Span, value: float | None) -> None:
        """Set the confidence of a span."""
        user_data: dict[Any, Any] = span.doc.user_data
        if span.id_ == TEXT_VIEW:
            user_data[_key(f"{self.name}.{TEXT_VIEW}", span)] = value
            return
        found = user_data.get(_key(ORIGIN, span))
        if found and found[1] != span.label_:
            del user_data[_key(ORIGIN, span)]
        user_data[_key(self.name, span)] = value


def set_origin(ent: Span, pipe: str) -> None:
    """Note that a pipe found an entity. pipe: its name."""
    user_data: dict[Any, Any] = ent.doc.user_data
    user_data[_key(ORIGIN, ent)] = (pipe, ent.label_)


def origins(doc: Doc, pipe: str) -> dict[tuple[int, int], str]:
    """Collect what a pipe found, whether or not it is still there.

    Returns:
        From first character and the character after the last to the label that the pipe gave.
    """
    user_data: dict[Any, Any] = doc.user_data
    return {
        key[2:]: value[1]
        for key, value in user_data.items()
        if isinstance(key, tuple) and key[:2] == ("._.", ORIGIN) and value[0] == pipe
    }


def forget(doc: Doc, pipe: str, confidence: str) -> None:
    """Take off the Doc which of its entities a pipe found, and how sure it was.

    pipe: Its name. confidence: The name of the extension.
    """
    user_data: dict[Any, Any] = doc.user_data
    for span in origins(doc, pipe):
        for kind in (ORIGIN, confidence):
            user_data.pop(("._.", kind, *span), None)


def forget_text_view(doc: Doc, confidence: str) -> None:
    """Take off the Doc how sure a tagger was of the text view's entities.

    confidence: The name of the extension.
    """
    user_data: dict[Any, Any] = doc.user_data
    start = ("._.", f"{confidence}.{TEXT_VIEW}")
    for key in [key for key in user_data if isinstance(key, tuple) and key[:2] == start]:
        del user_data[key]


def _key(name: str, span: Span) -> Any:
    return ("._.", name, span.start_char, span.end_char)
