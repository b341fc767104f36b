"""A document as a plain row, for JSONL and Parquet."""

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ..extensions import Attributes
from .notes import Notes

TEXT_VIEW, IMAGE_VIEW = "entities_text", "entities_image"
"""Names on `Doc.spans` of the entities of each view, where a document was read in both."""


def row_of(doc: Doc, attrs: Attributes) -> dict[str, Any]:
    """id, text and picture of a post, and its `entities`, or where it was read in both views
    `entities_text` and `entities_image`; `error` and `warning` where there is one.

    An entity is `{"start", "end", "label", "text", "confidence"}`: from the first character to
    the one after the last; the confidence is None where it isn't known.
    """
    notes = Notes(doc)
    row: dict[str, Any] = {
        "id": notes.id,
        "text": doc.text,
        "image": str(doc._.get(attrs.image_path) or ""),
    }
    views = [name for name in (TEXT_VIEW, IMAGE_VIEW) if name in doc.spans]
    for name in views:
        group = doc.spans[name]
        row[name] = _entities(group, group.attrs["confidence"])
    if not views:
        row["entities"] = _entities(doc.ents, _confidences(doc.ents, attrs))
    problems = {"error": notes.error, "warning": notes.warning}
    return row | {name: cause for name, cause in problems.items() if cause}


def keep_view(doc: Doc, name: str, attrs: Attributes) -> None:
    """Put the document's entities and their confidences on `Doc.spans` under a view's name."""
    confidences = _confidences(doc.ents, attrs)
    doc.spans[name] = SpanGroup(
        doc, name=name, attrs={"confidence": confidences}, spans=list(doc.ents)
    )


def _confidences(ents: Iterable[Span], attrs: Attributes) -> list[float | None]:
    return [ent._.get(attrs.confidence) for ent in ents]


def _entities(
    ents: Iterable[Span], confidences: Sequence[float | None]
) -> list[dict[str, str | int | float | None]]:
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
