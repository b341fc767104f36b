"""For any words, labels and context, the entities are valid."""

import pytest
import spacy
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.training import Example

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)
WORDS = st.lists(TEXT.filter(bool), max_size=80)
LABELS = st.sets(TEXT.filter(bool), min_size=1, max_size=4)
SCORE = st.floats(-10, 1)
CAPTIONS = st.lists(st.fixed_dictionaries({"text": TEXT, "score": SCORE}), max_size=8)
OBJECTS = st.lists(
    st.fixed_dictionaries(
        {"label": TEXT, "attribute": TEXT, "score": SCORE, "box": st.just([0.0, 0.0, 1.0, 1.0])}
    ),
    max_size=8,
)
OCR_TEXT = st.lists(
    st.fixed_dictionaries({"text": TEXT, "score": SCORE, "box": st.just([])}), max_size=4
)
# no example changes the fixtures
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def tagger(make_nlp, tmp_path, examples):
    """A saved and loaded pipeline, hardly trained, so that it predicts anything."""
    nlp = make_nlp()
    found = examples(nlp)
    nlp.initialize(lambda: found)
    nlp.to_disk(tmp_path / "model")
    return spacy.load(tmp_path / "model")


def assert_valid(doc, labels):
    taken = set()
    for ent in doc.ents:
        assert ent.label_ in labels
        assert 0 <= ent.start < ent.end <= len(doc)
        assert taken.isdisjoint(range(ent.start, ent.end))
        taken.update(range(ent.start, ent.end))
        assert 0 <= ent._.confidence <= 1


@settings(MANY, max_examples=examples(60))
@given(
    st.lists(
        st.tuples(WORDS, st.none() | CAPTIONS, st.none() | OBJECTS, st.none() | OCR_TEXT),
        max_size=4,
    )
)
def test_any_words_and_context(tagger, posts):
    docs = []
    for words, captions, objects, ocr_text in posts:
        docs.append(Doc(tagger.vocab, words=words))
        docs[-1]._.image_captions = captions
        docs[-1]._.image_objects = objects
        docs[-1]._.image_ocr = ocr_text
    for doc, (words, *_) in zip(tagger.pipe(docs), posts, strict=True):
        assert [token.text for token in doc] == words
        assert_valid(doc, {"PER", "LOC"})


@settings(MANY, max_examples=examples(10))
@given(LABELS, WORDS)
def test_any_labels(make_nlp, labels, words):
    nlp = make_nlp(view="T")
    examples = [Example(nlp.make_doc("a"), nlp.make_doc("a"))]
    nlp.get_pipe("ner").initialize(lambda: examples, labels=sorted(labels))
    again = make_nlp(view="T").from_bytes(nlp.to_bytes())
    doc = again(Doc(again.vocab, words=words))
    assert_valid(doc, labels)
