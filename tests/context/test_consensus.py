"""Captions and paragraphs that the consensus formatter keeps, and their order."""

import pytest
import spacy

from spacy_ita.context.consensus import ConsensusFormatter
from spacy_ita.context.formatter import ContextFormatter
from spacy_ita.extensions import attributes

CAPTIONS = [
    ("a dog in a field", -0.1),
    ("A man on a stage", -0.2),
    ("a man sings on a stage", -0.3),
    ("two men on a stage", -0.9),
]


@pytest.fixture
def doc():
    doc = spacy.blank("en")("Jordan !")
    doc._.image_captions = [{"text": text, "score": score} for text, score in CAPTIONS]
    doc._.image_ocr = [{"text": "GO", "score": 1.0, "box": []}]
    man = {"attribute": "", "label": "man", "score": 0.9, "box": []}
    doc._.image_objects = [man, man]
    return doc


@pytest.mark.parametrize(
    "settings, kept",
    [
        ({}, [1, 2, 3, 0]),
        ({"captions": 1}, [1]),
        # two captions agree equally with each other, so the given order stays
        ({"min_score": -0.25}, [0, 1]),
        ({"min_score": 0.0}, []),
    ],
)
def test_captions_that_agree_come_first(doc, settings, kept):
    context = ConsensusFormatter("GA+OCA", **settings)(doc, attributes())
    expected = [[CAPTIONS[i][0] for i in kept], ["GO"]]
    assert context.parts == [part for part in expected if part]


def test_degenerate_captions(doc):
    doc._.image_captions = [{"text": "", "score": 0.0}, {"text": " ", "score": 0.0}]
    assert not ConsensusFormatter("GA")(doc, attributes())
    doc._.image_captions = None
    assert not ConsensusFormatter("GA")(doc, attributes())


def test_tags_are_written_as_by_the_formatter_it_extends(doc):
    context = ConsensusFormatter("LA", repeated="count")(doc, attributes())
    assert context.parts == [["two man"]]


@pytest.mark.parametrize(
    "formatter, knowledge, kept",
    [
        (ContextFormatter, None, [0, 1, 2, 3]),
        (ContextFormatter, 2, [0, 1]),
        (ConsensusFormatter, None, [0, 1, 2, 3]),
        (ConsensusFormatter, 2, [1, 2]),
        (ConsensusFormatter, 0, []),
    ],
)
def test_the_number_of_paragraphs_and_their_order(doc, formatter, knowledge, kept):
    doc._.image_knowledge = [{"text": text} for text, _ in CAPTIONS]
    context = formatter("K", captions=1, knowledge=knowledge)(doc, attributes())
    assert context.parts == [[CAPTIONS[i][0] for i in kept]] * bool(kept)
