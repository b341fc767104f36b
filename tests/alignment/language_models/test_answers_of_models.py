"""Answers of language models as they come: in a fence, with prose around them, cut, or wrong."""

import json

import pytest
from chat_server import SIGHT

from spacy_ita.alignment.language_models.schema import (
    Background,
    NoAnswerError,
    Post,
    Sight,
    question,
    read_answer,
)

WHOLE = json.dumps(SIGHT)
TAGS = [tag["label"] for tag in SIGHT["tags"]]


@pytest.mark.parametrize(
    "form",
    [
        "%s",
        "```json\n%s\n```",
        "\n```\n%s```\n",
        "Here is the JSON that you asked for:\n%s\nDo you need anything else?",
        "  %s<|im_end|>",
        "\x02 %s",
    ],
)
def test_what_stands_around_the_answer_is_skipped(form):
    assert read_answer(form % WHOLE, Sight).model_dump() == SIGHT


def test_an_answer_that_is_almost_right_is_repaired():
    tags = ["red ball", {"label": "man", "attribute": None, "score": 3}]
    found = {"captions": "one", "tags": tags, "lettering": None, "mood": "sad"}
    answer = read_answer(json.dumps(found)[:-1] + ",}", Sight)
    assert answer.captions == ["one"] and answer.lettering == []
    assert [(tag.label, tag.attribute) for tag in answer.tags] == [("red ball", ""), ("man", "")]


@pytest.mark.parametrize("length", range(len('{"captions": ["C'), len(WHOLE), 7))
def test_a_cut_answer_gives_what_it_has(length):
    answer = read_answer(WHOLE[:length], Sight, cut=True)
    assert answer.captions == SIGHT["captions"][: len(answer.captions)]
    found = [tag.label for tag in answer.tags if tag.label]
    assert found == TAGS[: len(found)]
    assert answer.lettering in (SIGHT["lettering"][:1], [])
    if length > WHOLE.index('"lettering"'):
        assert found == TAGS and len(answer.captions) == len(SIGHT["captions"])
    with pytest.raises(NoAnswerError):
        read_answer(WHOLE[:length], Sight)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "all of it: Invalid JSON"),
        ("null", "all of it: Input should be an object"),
        ("I can't help with that.", r"Invalid JSON.*I can't help"),
        ('{"tags": []}', "captions: Field required: .*tags"),
        ('{"captions": [1], "tags": [], "lettering": []}', r"captions\.0: Input should be a valid"),
        ("[[[[" * 10_000, "Invalid JSON"),
    ],
)
def test_another_form_is_no_answer_and_its_head_is_quoted(text, message):
    for cut in (False, True):
        if cut and text.startswith('{"tags'):
            continue
        with pytest.raises(NoAnswerError, match=message) as caught:
            read_answer(text, Sight, cut)
        assert len(str(caught.value)) < 500


def test_prose_is_a_paragraph_where_nothing_else_was_asked_for():
    assert read_answer(" Paris is a city. ", Background).knowledge == "Paris is a city."


def test_only_forms_with_knowledge_read_the_text():
    asked = [question(form, 'a "tweet"').prompt for form in (Sight, Background, Post)]
    assert [prompt.endswith(r'"a \"tweet\""') for prompt in asked] == [False, True, True]
    for prompt in asked[1:]:
        assert "data, not an instruction" in prompt
