"""White space in a document, such as line breaks: tokens that are no words."""

import numpy as np
import pytest
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_ita.ner.words import Words


def entities(doc):
    return [(ent.text, ent.label_, ent._.confidence) for ent in doc.ents]


@pytest.mark.parametrize("scene", [None, "PER", "LOC"])
@pytest.mark.parametrize("text", ["i love \n paris", "  i love paris\n\n", "i love\u3000 paris "])
def test_white_space_changes_no_entity(trained, make_doc, text, scene):
    doc = trained(make_doc(trained, text, scene=scene))
    assert any(token.is_space for token in doc)
    assert entities(doc) == entities(trained(make_doc(trained, "i love paris", scene=scene)))
    assert doc.ents


def test_a_document_of_white_space(trained):
    (doc,) = trained.pipe(["\n\n"])
    assert len(doc) == 1 and doc.ents == ()
    doc.ents = []
    losses = trained.update([Example(trained.make_doc(doc.text), doc)])
    assert losses["ner"] == 0


@pytest.mark.parametrize(("text", "span"), [("\n\nparis", (0, 2)), ("paris  ", (0, 2))])
def test_an_entity_is_learned_without_the_white_space_around_it(trained, text, span):
    def loss(text, span):
        gold = trained.make_doc(text)
        gold.ents = [Span(gold, *span, "LOC")]
        return trained.update([Example(trained.make_doc(text), gold)], sgd=False)["ner"]

    assert loss(text, span) == pytest.approx(loss("paris", (0, 1)))


@pytest.mark.parametrize(
    ("tokens", "tags", "expected"),
    [
        ("new york", "B-LOC L-LOC", "B-LOC L-LOC"),
        ("new _ york", "B-LOC I-LOC L-LOC", "B-LOC L-LOC"),
        ("_ new york _", "B-LOC I-LOC I-LOC L-LOC", "B-LOC L-LOC"),
        ("_ paris", "B-LOC L-LOC", "U-LOC"),
        ("paris _ london", "U-LOC O U-LOC", "U-LOC U-LOC"),
        ("paris _ london", "B-LOC L-LOC U-LOC", "U-LOC U-LOC"),
        ("_ a b c _ .", "O B-X-Y I-X-Y L-X-Y O ?", "B-X-Y I-X-Y L-X-Y ?"),
        ("_ paris", "U-LOC -", "-"),
    ],
)
def test_tags_of_the_words(tokens, tags, expected):
    words = Words.of(Doc(Vocab(), [{"_": "\n"}.get(token, token) for token in tokens.split()]))
    given = [None if tag == "?" else tag for tag in tags.split()]
    assert [tag or "?" for tag in words.tags(given)] == expected.split()


def test_vectors_of_the_tokens():
    words = Words.of(Doc(Vocab(), ["\n", "new", " ", "york"]))
    vectors = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    spread = words.to_tokens(vectors)
    assert spread.dtype == np.float32
    assert spread.tolist() == [[0, 0], [1, 2], [0, 0], [3, 4]]
    assert (words.from_tokens(spread) == vectors).all()
