"""The context formatter in each mode."""

import pytest
import spacy

from spacy_ita.context import NO_CONTEXT, Context, ContextFormatter
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
    doc._.image_ocr = [{"text": text, "score": 1.0, "box": []} for text in ("GO", "BULLS")]
    doc._.image_knowledge = [{"text": "Jordan played basketball."}]
    return doc


@pytest.mark.parametrize(
    "settings, parts",
    [
        ({"mode": "LA"}, [["tall man ball"]]),
        ({"mode": "LA", "objects": 1}, [["tall man"]]),
        ({"mode": "GA"}, [["a man", "a game"]]),
        ({"mode": "GA", "captions": 1}, [["a man"]]),
        ({"mode": "GA", "captions": 0}, []),
        ({"mode": "LA+GA", "objects": 0}, [["a man", "a game"]]),
        ({"mode": "OCA"}, [["GO BULLS"]]),
        ({}, [["a man", "a game"], ["tall man ball"], ["GO BULLS"]]),
        ({"mode": "K+GA", "captions": 1}, [["Jordan played basketball."], ["a man"]]),
    ],
)
def test_modes(doc, settings, parts):
    assert ContextFormatter(**settings)(doc, attributes()).parts == parts


@pytest.mark.parametrize("mode", ["LA", "GA", "K", "OCA+LA"])
def test_the_extension_shows_all_parts_whatever_a_formatter_reads(doc, mode):
    assert doc._.image_context == "a man [X] a game [X] tall man ball [X] GO BULLS"
    assert str(ContextFormatter(mode)(doc, attributes())) != doc._.image_context


def test_no_alignment_is_no_context():
    doc = spacy.blank("en")("Jordan !")
    assert not ContextFormatter()(doc, attributes())


def test_the_five_best_captions_are_read_unless_another_number_is_given(doc):
    texts = [f"caption {i}" for i in range(7)]
    doc._.image_captions = [{"text": text, "score": 0.0} for text in texts]
    assert ContextFormatter("GA")(doc, attributes()).parts == [texts[:5]]
    assert ContextFormatter("GA", captions=None)(doc, attributes()).parts == [texts]


def test_blank_segments_are_left_out(doc):
    doc._.image_captions = [{"text": text, "score": 0.0} for text in (" ", "a man", "")]
    doc._.image_objects = [{"label": "", "attribute": "", "score": 0.9, "box": []}]
    doc._.image_ocr = doc._.image_knowledge = None
    assert ContextFormatter("GA+LA+OCA+K")(doc, attributes()).parts == [["a man"]]


def test_a_context_is_what_it_says():
    assert str(Context([["a man", "a game"], ["GO"]])) == "a man [X] a game [X] GO"
    assert Context([["a man"]]) and Context(picture="a.png")
    assert not NO_CONTEXT


@pytest.mark.parametrize("mode", ["", "GA+GA", "XX", "All+K"])
def test_unknown_mode(mode):
    with pytest.raises(ValueError) as error:
        ContextFormatter(mode)
    assert str(error.value) == (
        f"unknown context mode {mode!r}: give 'All', or some of LA, GA, OCA, K joined by '+'"
    )


@pytest.mark.parametrize("name", ["captions", "objects", "knowledge"])
def test_negative_limits_are_refused(name):
    with pytest.raises(ValueError, match=f"^{name} can't be negative: -2$"):
        ContextFormatter(**{name: -2})
