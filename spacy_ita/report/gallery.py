"""Documents whose entities the picture changed, as cards."""

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
"""The longest side of a picture on the page, in pixels."""


@dataclass(frozen=True)
class Card:
    """picture: a data URI, "" for none; readings: title and marked text, as HTML; alignments:
    title and text."""

    picture: str
    readings: list[tuple[str, str]]
    alignments: list[tuple[str, str]]


@dataclass(frozen=True)
class Gallery:
    """What a row (I+T) reads otherwise than the text alone. helped, hurt: cards of the largest
    changes; better, worse, unchanged: how many documents are read so."""

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
    """The documents that the table's best row with pictures reads otherwise than the text alone.

    path: of the results. docs: the measured split. size: cards of either kind, at most. attrs: the
    names of the extensions.
    None where the table has no two such rows with predictions of one seed. Raises ValueError for
    documents of another number.
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
    """A document's card. entities: in gold, without and with the picture."""
    titles = ("gold", "T", "I+T")
    objects, captions, lettering, knowledge = (doc._.get(name) or [] for name in attrs.alignments)
    alignments = (
        ("objects", [tag_of(item) for item in objects]),
        ("captions", [caption["text"] for caption in captions]),
        ("lettering", [line["text"] for line in lettering]),
        ("knowledge", [item["text"] for item in knowledge]),
    )
    return Card(
        thumbnail(doc._.get(attrs.image_path)),
        [(t, marked(doc.text, found)) for t, found in zip(titles, entities, strict=True)],
        [(title, " · ".join(texts)) for title, texts in alignments if texts],
    )


def marked(text: str, entities: Iterable[Any]) -> str:
    """The text with its entities marked by displaCy."""
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
    """The picture, made small, as a data URI; "" where it can't be read."""
    try:
        return Picture(path).jpeg_uri(SIDE, quality=80)
    except PictureError:
        return ""
