"""Gallery of documents whose entities the picture changed, with a card for each."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from spacy import displacy
from spacy.tokens import Doc

from ..alignment.picture import Picture, PictureError
from ..extensions import DEFAULTS, Attributes
from ..extensions.alignments import tag_of
from .predictions import read_predictions
from .summary import Row, Table

SIDE = 320
"""Longest side of a picture on the page, in pixels."""


@dataclass(frozen=True)
class Card:
    """A document on the page.

    Attributes:
        pictures: The pictures that can be read, as data URIs.
        outputs: Title and marked text (HTML) of the gold entities and of each view's.
        alignments: Title and text of each alignment.
    """

    pictures: list[str]
    outputs: list[tuple[str, str]]
    alignments: list[tuple[str, str]]


@dataclass(frozen=True)
class Gallery:
    """Documents for which a row with pictures gives other entities than the text alone.

    Attributes:
        row: The row.
        helped: Cards of the largest improvements.
        hurt: Cards of the largest losses.
        better: Number of documents with fewer errors than from the text alone.
        worse: Number of documents with more errors.
        unchanged: Number of documents with the same entities.
    """

    row: Row
    helped: list[Card]
    hurt: list[Card]
    better: int
    worse: int
    unchanged: int


def gallery(
    table: Table,
    path: Path,
    docs: Sequence[Doc],
    size: int = 12,
    attrs: Attributes = DEFAULTS,
) -> Gallery | None:
    """Compare the best row with pictures of a table with the text alone.

    Args:
        table: The table of a data set and an encoder.
        path: File of the results, beside which the predictions lie.
        docs: The documents that were measured.
        size: Maximum number of cards of each kind.
        attrs: The names of the extensions.

    Returns:
        None if there are no such rows with predictions from the same seed.

    Raises:
        ValueError: If the number of documents is not that of the predictions.
    """
    with_picture = [row for row in table.rows if row.view == "I+T"]
    if table.baseline is None or not with_picture:
        return None
    best = max(with_picture, key=lambda row: row.spread("f").mean)
    pairs = product(table.baseline.lines, best.lines)
    shared = (pair for pair in pairs if pair[0]["seed"] == pair[1]["seed"])
    read = ([read_predictions(path, line) for line in pair] for pair in shared)
    text, image = next((pair for pair in read if None not in pair), (None, None))
    if text is None or image is None:
        return None
    if len(docs) != len(text):
        raise ValueError(f"{table.data}: {len(docs)} documents, but {len(text)} were measured")
    changed = []
    for doc, without, with_ in zip(docs, text, image, strict=True):
        gold, t, it = set(without["gold"]), set(without["T"]), set(with_["I+T"])
        if t != it:
            changed.append((len(t ^ gold) - len(it ^ gold), doc, (gold, t, it)))
    changed.sort(key=lambda item: -item[0])
    better = [(doc, entities) for change, doc, entities in changed if change > 0]
    worse = [(doc, entities) for change, doc, entities in reversed(changed) if change < 0]
    return Gallery(
        best,
        [card(*found, attrs) for found in better[:size]],
        [card(*found, attrs) for found in worse[:size]],
        len(better),
        len(worse),
        len(docs) - len(changed),
    )


def card(doc: Doc, entities: Sequence[Iterable[Any]], attrs: Attributes) -> Card:
    """Make the card of a document from its gold entities and those without and with the picture."""
    titles = ("gold", "T", "I+T")
    objects, captions, lines, knowledge = (doc._.get(name) or [] for name in attrs.alignments)
    alignments = (
        ("objects", [tag_of(item) for item in objects]),
        ("captions", [caption["text"] for caption in captions]),
        ("OCR text", [line["text"] for line in lines]),
        ("knowledge", [item["text"] for item in knowledge]),
    )
    return Card(
        [found for path in doc._.get(attrs.image_paths) if (found := thumbnail(path))],
        [(t, marked(doc.text, found)) for t, found in zip(titles, entities, strict=True)],
        [(title, " · ".join(texts)) for title, texts in alignments if texts],
    )


def marked(text: str, entities: Iterable[Any]) -> str:
    """Mark the entities of a text by displaCy, as HTML."""
    # displaCy escapes the text, not the labels
    ents = [
        {"start": start, "end": end, "label": html.escape(label)}
        for start, end, label in sorted(entities)
    ]
    if not ents:
        return html.escape(text)
    found = {"text": text, "ents": ents, "title": None}
    return displacy.render(found, style="ent", manual=True, jupyter=False)


def thumbnail(path: str) -> str:
    """Shrink a picture to a data URI; "" if it can't be read."""
    try:
        return Picture(path).jpeg_uri(SIDE, quality=80)
    except PictureError:
        return ""
