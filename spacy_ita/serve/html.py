"""HTML of the answers, for the page."""

import base64
import io
from collections.abc import Iterable
from html import escape

from spacy import displacy
from spacy.tokens import Doc

from ..alignment.inspect import inspect
from ..extensions import Attributes
from ..extensions.alignments import tag_of
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
            (tag_of(item), f"{item['score']:.0%}") for item in doc._.get(attrs.image_objects) or []
        ],
        "Captions (GA)": [
            (item["text"], f"{item['score']:.2f}") for item in doc._.get(attrs.image_captions) or []
        ],
        "OCR text (OCA)": [
            (f"“{item['text']}”", f"{item['score']:.0%}")
            for item in doc._.get(attrs.image_ocr) or []
        ],
        "Knowledge": [(item["text"], "") for item in doc._.get(attrs.image_knowledge) or []],
    }
    return "".join(
        f"<section><h4>{title}</h4><ul>{''.join(map(_row, rows))}</ul></section>"
        for title, rows in parts.items()
        if rows
    )


def _row(row: tuple[str, str]) -> str:
    return f"<li><span>{escape(row[0])}</span><i>{row[1]}</i></li>"


def data_url(doc: Doc, attrs: Attributes) -> str:
    """Draw boxes and tags on the document's picture, as a JPEG in a data URL."""
    # without the band of text and captions, which the page has beside the picture
    boxes = Doc(doc.vocab)
    for name in (attrs.image_paths, attrs.image_objects, attrs.image_ocr):
        boxes._.set(name, doc._.get(name))
    buffer = io.BytesIO()
    inspect(boxes, attrs).save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
