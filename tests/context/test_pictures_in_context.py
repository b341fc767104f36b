"""The context of several pictures: their order, their room, and what repeats."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_ita.context import ContextFormatter
from spacy_ita.encoder.subwords.contexts import fair_shares, grouped_shares
from spacy_ita.extensions import DEFAULTS, attributes

attributes()


def tag(label, picture):
    return {"label": label, "attribute": "", "score": 1.0, "box": [], "picture": picture}


def caption(text, picture):
    return {"text": text, "score": 1.0, "picture": picture}


@pytest.fixture
def doc():
    doc = Doc(spacy.blank("en").vocab, ["the", "rocket", "over", "Milano"])
    doc._.image_captions = [caption("a dog", 0), caption("a rocket", 1), caption("A dog", 1)]
    doc._.image_objects = [tag("dog", 0), tag("dog", 0), tag("dog", 1), tag("moon", 1)]
    return doc


@pytest.mark.parametrize(
    ("pictures", "parts", "groups"),
    [
        ("joined", [["a dog"], ["a rocket"], ["dog dog"], ["moon"]], [0, 1, 0, 1]),
        ("by picture", [["a dog"], ["dog dog"], ["a rocket"], ["moon"]], [0, 0, 1, 1]),
        ("relevance", [["a rocket"], ["moon"], ["a dog"], ["dog dog"]], [1, 1, 0, 0]),
    ],
)
def test_orders_and_repeats(doc, pictures, parts, groups):
    context = ContextFormatter(pictures=pictures)(doc, DEFAULTS)
    assert context.parts == parts
    assert context.groups == groups


def test_limits_hold_for_each_picture(doc):
    doc._.image_captions = [caption(text, n) for n in (0, 1) for text in (f"{n} a", f"{n} b")]
    assert ContextFormatter("GA", captions=1)(doc, DEFAULTS).parts == [["0 a"], ["1 a"]]


def test_one_picture_has_no_groups(doc):
    doc._.image_captions, doc._.image_objects = ["a dog"], ["dog"]
    context = ContextFormatter()(doc, DEFAULTS)
    assert (context.parts, context.groups) == ([["a dog"], ["dog"]], [])


def test_wrong_order():
    with pytest.raises(ValueError, match="pictures must be"):
        ContextFormatter(pictures="last first")


def test_pictures_share_the_room_before_their_parts():
    # three long parts of one picture, and one of another: half of the room each
    assert grouped_shares([30, 30, 30, 30], [0, 0, 0, 1], 43) == [6, 6, 7, 21]
    assert grouped_shares([30, 30, 30, 2], [0, 0, 0, 1], 43) == [12, 13, 13, 2]
    # two pictures that fit, to the last subword, and one that takes what they leave
    assert grouped_shares([3, 4, 20, 2, 5], [0, 0, 1, 2, 2], 29) == [3, 4, 11, 2, 5]


def test_a_single_group_is_shared_as_before():
    needs, room = [9, 4, 30], 25
    assert grouped_shares(needs, [0, 0, 0], room) == fair_shares(needs, room - 2)
