"""Documents as plain rows, for JSONL and Parquet."""

import json
from collections.abc import Iterable, Sequence
from math import isnan
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ...extensions import Attributes
from ...extensions.confidences import TEXT_VIEW, forget_text_view
from ...sources import parse, shown
from ..notes import Notes

IMAGE_VIEW = "entities_image"
VIEWS = (TEXT_VIEW, IMAGE_VIEW)
"""Keys of the views' entities in `Doc.spans`, for documents read in both views."""
OWN = ("entities", *VIEWS, "error", "warning", "run")
"""Keys that rows have beside those of the post; a post's own fields of these names are left out."""

EntityRow = dict[str, str | int | float | None]


def row_of(
    doc: Doc, attrs: Attributes, both: bool = False, aligned: bool = False
) -> dict[str, Any]:
    """Convert a document to a row: its post, as `post_of` returns it, with `annotations_of`."""
    return post_of(doc, attrs) | annotations_of(doc, attrs, both, aligned)


def annotations_of(
    doc: Doc, attrs: Attributes, both: bool = False, aligned: bool = False
) -> dict[str, Any]:
    """Return what a row has beside its post.

    Args:
        doc: The document.
        attrs: The names of the extensions.
        both: Whether the document was read in both views.
        aligned: Whether the row holds the alignments, and not the entities.

    Returns:
        The `entities`, or those of each view, `entities_text` and `entities_image`, or the
        alignments under the names of their extensions; also `error` and `warning` if there are
        any. An entity is `{"start", "end", "label", "text", "confidence"}`, with offsets in
        characters, the end exclusive; the confidence is None if it is unknown.
    """
    row: dict[str, Any] = {}
    if aligned:
        row |= {name: doc._.get(name) for name in attrs.alignments}
    elif both:
        row |= {name: view_of(doc, name) for name in entity_keys(both)}
    else:
        row["entities"] = _entities(doc.ents, _confidences(doc.ents, attrs))
    problems = {"error": Notes(doc).error, "warning": Notes(doc).warning}
    return row | {name: cause for name, cause in problems.items() if cause}


def post_of(doc: Doc, attrs: Attributes) -> dict[str, Any]:
    """Return the fields of a document's post, in the order in which they came.

    The bytes of a picture are not among them.
    """
    paths = [shown_path(path) for path in doc._.get(attrs.image_paths)]
    fields = json.loads(Notes(doc).post or "{}")
    own: dict[str, Any] = {
        "id": Notes(doc).id,
        "text": doc.text,
        "image": paths[0] if paths else "",
    }
    if len(paths) > 1:
        own["images"] = paths
    return fields | own


def shown_path(path: str) -> str:
    """Return a picture's path for a row; a `data:` URI without its content."""
    return shown(path) if parse(path).scheme == "data" else path


def entity_keys(both: bool) -> Sequence[str]:
    """Return the keys of a row that hold entities."""
    return VIEWS if both else ("entities",)


def keep_view(doc: Doc, name: str, attrs: Attributes, read: Doc | None = None) -> None:
    """Store the entities of a view and their confidences in `Doc.spans`, under the view's name.

    Args:
        doc: A document.
        name: The view's name.
        attrs: The names of the extensions.
        read: The document of the same text that was read in the text view, if it isn't `doc`.

    Raises:
        ValueError: If an entity of `read` begins or ends inside a token of `doc`.
    """
    spans, confidences = list(doc.ents), _confidences(doc.ents, attrs)
    if name == TEXT_VIEW:
        forget_text_view(doc, attrs.confidence)
    if read is not None and read is not doc:
        confidences = _confidences(read.ents, attrs)
        spans = [
            _moved(ent, doc, confidence, attrs)
            for ent, confidence in zip(read.ents, confidences, strict=True)
        ]
    doc.spans[name] = SpanGroup(doc, name=name, attrs={"confidence": confidences}, spans=spans)


def _moved(ent: Span, doc: Doc, confidence: float | None, attrs: Attributes) -> Span:
    """Transfer an entity of the text view to another document of the same text."""
    own = confidence is not None
    place = (ent.start_char, ent.end_char, ent.label, ent.kb_id)
    span = doc.char_span(*place, span_id=TEXT_VIEW if own else ent.id)
    if span is None:
        raise ValueError(
            f"{ent.text!r} is an entity only in the text view, and begins or ends inside a "
            "token, because a pipe merges tokens: choose one view"
        )
    if own:
        span._.set(attrs.confidence, confidence)
    return span


def view_of(doc: Doc, name: str) -> list[EntityRow]:
    """Return the entities that `keep_view` stored under a view's name."""
    group = doc.spans[name]
    return _entities(group, group.attrs["confidence"])


def _confidences(ents: Iterable[Span], attrs: Attributes) -> list[float | None]:
    return [_probability(ent._.get(attrs.confidence)) for ent in ents]


def _probability(confidence: Any) -> float | None:
    """Convert a confidence to a value that JSON can hold: a float, or None instead of NaN."""
    return None if confidence is None or isnan(confidence) else float(confidence)


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
