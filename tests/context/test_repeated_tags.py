import pytest
import spacy

from spacy_ita.context import ContextFormatter
from spacy_ita.extensions import attributes

TAGS = [("old", "man"), ("", "person"), ("red", "ball"), ("", "person"), ("old", "man")]


@pytest.fixture
def doc():
    doc = spacy.blank("en").make_doc("text")
    attrs = attributes({})
    tags = TAGS + [("", "person")]
    doc._.image_objects = [
        {"attribute": attribute, "label": label, "score": 0.9, "box": []}
        for attribute, label in tags
    ]
    return doc, attrs


@pytest.mark.parametrize(
    ("settings", "context"),
    [
        ({}, "old man person red ball person old man person"),
        ({"objects": 4}, "old man person red ball person"),
        ({"repeated": "merge"}, "old man person red ball"),
        ({"repeated": "count"}, "two old man three person red ball"),
        ({"repeated": "count", "objects": 2}, "two old man three person"),
    ],
)
def test_repeated_tags(doc, settings, context):
    assert str(ContextFormatter("LA", **settings)(*doc)) == context


@pytest.mark.parametrize(
    ("count", "written"), [(1, "person"), (2, "two person"), (10, "ten person"), (11, "11 person")]
)
def test_a_number_is_a_word_up_to_ten(doc, count, written):
    doc[0]._.image_objects = [{"attribute": "", "label": "person", "score": 0.9, "box": []}] * count
    assert str(ContextFormatter("LA", repeated="count")(*doc)) == written


def test_another_way_of_repeating_is_refused():
    with pytest.raises(ValueError) as error:
        ContextFormatter(repeated="sum")
    assert str(error.value) == "repeated must be 'keep', 'merge' or 'count', not 'sum'"
