"""HTML of the answers, for the page."""

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from spacy import displacy
from spacy.tokens import Doc

from ..alignment.inspect import draw_pictures
from ..extensions import Attributes
from ..extensions.alignments import tag_of
from ..extensions.normalisation import PICTURE
from .schema import Entity

ENTITY = """<mark class="entity" style="background: {bg}">{text}
<b>{label}</b> <i>{confidence}</i></mark>"""


def view_html(text: str, entities: Iterable[Entity]) -> str:
    """Render a text with its entities, labels and confidences ("–" for none) by displaCy."""
    ents = [
        {
            "start": entity.start,
            "end": entity.end,
            # which displaCy doesn't escape
            "label": escape(entity.label),
            "params": {
                "confidence": "–" if entity.confidence is None else f"{entity.confidence:.0%}"
            },
        }
        for entity in entities
    ]
    parsed = {"text": text, "ents": ents}
    options = {"template": ENTITY}
    return str(displacy.render(parsed, style="ent", manual=True, options=options, jupyter=False))


def alignments_html(doc: Doc, attrs: Attributes) -> str:
    """Render each alignment of a document as a list."""
    parts = {
        "Objects (LA)": [
            _row(item, tag_of(item), f"{item['score']:.0%}")
            for item in doc._.get(attrs.image_objects) or []
        ],
        "Captions (GA)": [
            _row(item, item["text"], f"{item['score']:.2f}")
            for item in doc._.get(attrs.image_captions) or []
        ],
        "OCR text (OCA)": [
            _row(item, f"“{item['text']}”", f"{item['score']:.0%}")
            for item in doc._.get(attrs.image_ocr) or []
        ],
        "Knowledge": [_row(item, item["text"]) for item in doc._.get(attrs.image_knowledge) or []],
    }
    return "".join(
        f"<section><h4>{title}</h4><ul>{''.join(rows)}</ul></section>"
        for title, rows in parts.items()
        if rows
    )


def _row(item: Mapping[str, Any], text: str, score: str = "") -> str:
    """Render an entry; of several pictures, with the number of its own, from 1."""
    number = [f"picture {item[PICTURE] + 1}"] if PICTURE in item else []
    notes = ", ".join([*number, *([score] if score else [])])
    return f"<li><span>{escape(text)}</span><i>{notes}</i></li>"


def data_url(doc: Doc, attrs: Attributes) -> str:
    """Draw boxes and tags on the document's pictures, as a JPEG in a data URL."""
    buffer = io.BytesIO()
    # the answer has the broken pictures and what has no box
    drawing, _ = draw_pictures(doc, attrs)
    drawing.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
