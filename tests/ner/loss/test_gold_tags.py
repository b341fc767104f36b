"""The gold tags are those that spaCy aligns."""

import pytest
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_ita.ner.loss.gold_tags import gold_tags

WORDS = ["Barack", "Hussein", "Obama", " ", "sings", "in", "Paris", "."]
ENTITIES = [(0, 3, "PER"), (6, 7, "LOC")]


def example(words=WORDS, entities=ENTITIES, unknown=(), blocked=()):
    vocab = Vocab()
    reference = Doc(vocab, words=WORDS)
    spans = [Span(reference, *entity) for entity in entities]
    reference.set_ents(
        spans,
        missing=[reference[first:last] for first, last in unknown],
        blocked=[reference[first:last] for first, last in blocked],
    )
    return Example(Doc(vocab, words=words), reference)


SAME = {
    "entities": {},
    "neighbours": {"entities": [(0, 2, "PER"), (2, 3, "PER")]},
    "none": {"entities": []},
    "some unknown": {"unknown": [(3, 5)]},
    "blocked": {"blocked": [(4, 5)]},
}
OTHER = {
    "split": {"words": ["Barack", "Hussein", "O", "bama", " ", "sings", "in", "Paris", "."]},
    "joined": {"words": ["Barack", "Hussein", "Obama", " ", "sings", "in", "Paris."]},
}


@pytest.mark.parametrize("name", {**SAME, **OTHER})
def test_tags_equal_those_of_spacy(name):
    given = example(**{**SAME, **OTHER}[name])
    expected = given.get_aligned_ner()
    assert gold_tags(given) == expected
    assert (None in expected) == (name in {"some unknown", "blocked", "joined"})


def test_a_reference_without_entities_is_unknown():
    given = Example(Doc(Vocab(), words=WORDS), Doc(Vocab(), words=WORDS))
    assert gold_tags(given) == given.get_aligned_ner() == [None] * len(WORDS)


@pytest.mark.parametrize("name", SAME)
def test_the_same_tokens_are_not_aligned(name, monkeypatch):
    monkeypatch.setattr("spacy.training.example.Alignment", None)
    assert gold_tags(example(**SAME[name]))
