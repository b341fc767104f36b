"""Reading documents in the text view leaves what other pipes said of them."""

import numpy
import pytest
from spacy.scorer import Scorer
from spacy.tokens import Span
from spacy.training import Example

from spacy_ita.annotator import keep_both_views
from spacy_ita.ner.prediction import ORIGIN


@pytest.fixture
def tagger(make_nlp, examples):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    return nlp.get_pipe("ner")


@pytest.fixture
def doc(make_nlp, make_doc):
    """Read with its picture: an entity of the tagger's that was linked, another's, and a block."""
    doc = make_doc(make_nlp(), "obama sings on stage tonight", scene="PER")
    linked = Span(doc, 0, 2, "PER", kb_id="Q76", span_id="president")
    linked._.confidence = 0.75
    doc.user_data["._.", ORIGIN, 0, 11] = ("ner", "PER")
    doc.set_ents([linked, Span(doc, 4, 5, "TIME", kb_id="Q2")], blocked=[doc[2:3]])
    doc.tensor = numpy.ones((5, 3), dtype="f")
    return doc


def state(doc):
    ents = [(e.start, e.end, e.label_, e.kb_id_, e.id_, e._.confidence) for e in doc.ents]
    return ents, [token.ent_iob_ for token in doc], doc.tensor.tolist(), dict(doc.user_data)


def test_scores_leave_the_document(tagger, doc):
    before = state(doc)
    scored = []
    tagger.scorer = lambda examples: scored.append(state(examples[0].predicted)) or {}
    tagger.score([Example(doc, doc.copy())])
    shown, text = scored
    assert shown == before
    assert ("Q76" in str(shown[0]), "Q76" in str(text[0])) == (True, False)
    assert state(doc) == before


def test_links_are_scored_after_the_tagger(tagger, doc):
    example = Example(doc, doc.copy())
    tagger.score([example])
    assert Scorer.score_links([example], negative_labels=["NIL"])["nel_micro_f"] == 1.0


def test_an_error_while_scoring_leaves_the_document(tagger, doc):
    before = state(doc)
    answers = iter([{}])
    tagger.scorer = lambda examples: next(answers)
    with pytest.raises(StopIteration):
        tagger.score([Example(doc, doc.copy())])
    assert state(doc) == before


def test_both_views_leave_the_document(tagger, doc):
    before = state(doc)
    keep_both_views(tagger, [doc])
    assert state(doc) == before
    assert [ent.kb_id_ for ent in doc.spans["entities_image"]] == ["Q76", "Q2"]
    assert "Q76" not in [ent.kb_id_ for ent in doc.spans["entities_text"]]
