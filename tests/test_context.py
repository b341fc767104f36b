"""What the formatter writes of a Doc's alignments, in each mode."""

import pytest
import spacy

from spacy_ita.context import ContextFormatter
from spacy_ita.extensions import attributes


@pytest.fixture
def doc():
    attributes()
    doc = spacy.blank("en")("Jordan !")
    doc._.image_objects = [
        {"label": "man", "attribute": "tall", "score": 0.9, "box": []},
        {"label": "ball", "attribute": "", "score": 0.8, "box": []},
    ]
    doc._.image_captions = [{"text": "a man", "score": -0.1}, {"text": "a game", "score": -0.2}]
    doc._.image_ocr = [{"text": "GO", "score": 1.0, "box": []}]
    doc._.image_knowledge = [{"text": "Jordan played basketball."}]
    return doc


@pytest.mark.parametrize(
    "settings, parts",
    [
        ({"mode": "LA"}, [["tall man ball"]]),
        ({"mode": "LA", "objects": 1}, [["tall man"]]),
        ({"mode": "GA"}, [["a man", "a game"]]),
        ({"mode": "GA", "captions": 1}, [["a man"]]),
        ({"mode": "OCA"}, [["GO"]]),
        ({}, [["a man", "a game"], ["tall man ball"], ["GO"]]),
        ({"mode": "K+GA", "captions": 1}, [["Jordan played basketball."], ["a man"]]),
    ],
)
def test_modes(doc, settings, parts):
    assert ContextFormatter(**settings)(doc, attributes()).parts == parts


def test_no_alignment_is_no_context():
    doc = spacy.blank("en")("Jordan !")
    assert not ContextFormatter()(doc, attributes())


@pytest.mark.parametrize("mode", ["", "GA+GA", "XX", "All+K"])
def test_unknown_mode(mode):
    with pytest.raises(ValueError, match="unknown context mode"):
        ContextFormatter(mode)
