"""A document as a plain row, for JSONL and Parquet."""

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ..extensions import Attributes
from .notes import Notes

VIEWS = TEXT_VIEW, IMAGE_VIEW = "entities_text", "entities_image"
"""Names on `Doc.spans` of the entities of each view, where a document was read in both."""

EntityRow = dict[str, str | int | float | None]


def row_of(doc: Doc, attrs: Attributes, both: bool = False) -> dict[str, Any]:
    """id, text and picture of a post, and its `entities`, or those of each view, `entities_text`
    and `entities_image`; `error` and `warning` where there is one.

    both: whether the document was read in both views.
    An entity is `{"start", "end", "label", "text", "confidence"}`: from the first character to
    the one after the last; the confidence is None where it isn't known.
    """
    notes = Notes(doc)
    row: dict[str, Any] = {
        "id": notes.id,
        "text": doc.text,
        "image": str(doc._.get(attrs.image_path) or ""),
    }
    if both:
        row |= {name: view_of(doc, name) for name in VIEWS}
    else:
        row["entities"] = _entities(doc.ents, _confidences(doc.ents, attrs))
    problems = {"error": notes.error, "warning": notes.warning}
    return row | {name: cause for name, cause in problems.items() if cause}


def keep_view(doc: Doc, name: str, attrs: Attributes) -> None:
    """Put the document's entities and their confidences on `Doc.spans` under a view's name."""
    confidences = _confidences(doc.ents, attrs)
    doc.spans[name] = SpanGroup(
        doc, name=name, attrs={"confidence": confidences}, spans=list(doc.ents)
    )


def view_of(doc: Doc, name: str) -> list[EntityRow]:
    """The entities that `keep_view` put under a view's name."""
    group = doc.spans[name]
    return _entities(group, group.attrs["confidence"])


def _confidences(ents: Iterable[Span], attrs: Attributes) -> list[float | None]:
    return [ent._.get(attrs.confidence) for ent in ents]


def _entities(ents: Iterable[Span], confidences: Sequence[float | None]) -> list[EntityRow]:
    return [
        {
            "start": ent.start_char,
            "end": ent.end_char,
            "label": ent.label_,
            "text": ent.text,
            "confidence": confidence,
        }
        for ent, confidence in zip(ents, confidences, strict=True)
    ]
