"""Each view is that of the whole pipeline, and reading it leaves the documents unchanged."""

import pickle
from copy import deepcopy

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from taggers import found

from spacy_ita.context import Views
from spacy_ita.extensions.confidences import ORIGIN, forget_text_view
from spacy_ita.pipeline.annotator import Annotator, keep_both_views


@pytest.fixture
def tagger(make_nlp, examples):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    return nlp.get_pipe("ner")


@pytest.fixture
def doc(make_nlp, make_doc):
    """A Doc with a linked entity of the tagger, one of another pipe, and a blocked token."""
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
    forget_text_view(doc, "confidence")
    assert state(doc) == before
    assert [ent.kb_id_ for ent in doc.spans["entities_image"]] == ["Q76", "Q2"]
    assert "Q76" not in [ent.kb_id_ for ent in doc.spans["entities_text"]]


NEW = {"PER": "PERSON", "LOC": "PLACE"}


@Language.component("renamer")
def renamer(doc):
    """A pipe that gives entities the labels of another scheme."""
    doc.ents = [Span(doc, ent.start, ent.end, NEW.get(ent.label_, ent.label_)) for ent in doc.ents]
    return doc


@pytest.fixture
def renaming(trained):
    trained.add_pipe("renamer")
    return trained


@pytest.fixture
def renamed(examples):
    """Return the examples with the renamer's labels."""

    def make(nlp):
        data = examples(nlp)
        for example in data:
            renamer(example.reference)
        return data

    return make


def without_pictures(data):
    for example in data:
        for doc in (example.predicted, example.reference):
            doc._.image_captions = None
    return data


def test_scores_of_views_behind_a_renaming_pipe(renaming, renamed):
    scores = renaming.evaluate(renamed(renaming))
    alone = renaming.evaluate(without_pictures(renamed(renaming)))
    assert scores["ents_f"] == scores["ents_f_image"] == 1.0
    assert scores["ents_f_text"] == alone["ents_f"] < 1.0
    assert set(scores["ents_per_type_text"]) == set(NEW.values())


def test_both_views_behind_a_renaming_pipe(renaming, make_doc):
    docs = [make_doc(renaming, "i love paris", scene=scene) for scene in ("PER", "LOC", None)]
    alone = found(renaming(make_doc(renaming, "i love paris")))
    for doc, label in zip(Annotator(renaming, Views.BOTH)(docs), ("PERSON", "PLACE"), strict=False):
        assert found(doc) == [("paris", label)]
        assert [(e.text, e.label_) for e in doc.spans["entities_image"]] == [("paris", label)]
        assert [(e.text, e.label_) for e in doc.spans["entities_text"]] == alone


def disabled(nlp):
    nlp.disable_pipe("renamer")
    return nlp


def enabled_again(nlp):
    nlp.disable_pipe("renamer")
    nlp.add_pipe("sentencizer")
    nlp.enable_pipe("renamer")
    return nlp


def sourced(nlp):
    other = spacy.blank("en")
    for name in ("ner", "renamer"):
        other.add_pipe(name, source=nlp)
    return other


def sourced_alone(nlp):
    other = spacy.blank("en")
    other.add_pipe("ner", source=nlp)
    return other


def unpickled(nlp):
    return pickle.loads(pickle.dumps(nlp))


@pytest.mark.parametrize(
    "change", [disabled, enabled_again, sourced, sourced_alone, deepcopy, unpickled]
)
def test_the_pipes_that_follow(renaming, examples, renamed, change):
    nlp = change(renaming)
    data = (renamed if "renamer" in nlp.pipe_names else examples)(nlp)
    scores = nlp.evaluate(data)
    assert scores["ents_f"] == 1.0
    assert scores["ents_f_text"] == nlp.evaluate(without_pictures(data))["ents_f"] < 1.0


def test_a_pipe_that_merges_tokens(trained, make_doc, examples):
    trained.add_pipe("merge_entities")
    data = examples(trained)
    scores = trained.evaluate(data)
    assert (scores["ents_f"], scores["ents_f_text"] < 1.0) == (1.0, True)
    doc = make_doc(trained, "obama sings tonight", scene="PER")
    keep_both_views(trained.get_pipe("ner"), [trained(doc)])
    assert [ent.text for ent in doc.spans["entities_text"]] == ["obama"]


def test_an_entity_that_no_longer_has_its_tokens(trained, make_doc):
    @Language.component("merger")
    def merger(doc):
        if doc.ents and doc._.image_captions and found(doc)[0][1] == "PER":
            with doc.retokenize() as retokenizer:
                retokenizer.merge(doc[1:3])
        return doc

    trained.add_pipe("merger")
    tagger = trained.get_pipe("ner")
    text = found(trained("i love paris"))[0][1]
    doc = trained(make_doc(trained, "i love paris", scene="PER"))
    assert [token.text for token in doc] == ["i", "love paris"]
    if text == "PER":
        keep_both_views(tagger, [doc])
    else:
        with pytest.raises(ValueError, match="'paris' is an entity only in the text view"):
            keep_both_views(tagger, [doc])


def test_documents_of_another_process_are_refused(renaming, renamed):
    data = renamed(renaming)
    for example in data:
        example.predicted = Doc(renaming.vocab).from_bytes(renaming(example.predicted).to_bytes())
    with pytest.raises(ValueError, match="ner: other pipes follow, .* use `nlp.evaluate`"):
        renaming.get_pipe("ner").score(data)


def test_two_taggers_read_the_same_view(trained, make_nlp, examples):
    other = make_nlp()
    other.from_bytes(trained.to_bytes())
    alone = trained.evaluate(examples(trained))
    trained.add_pipe("ner", source=other, name="again")
    for name in ("ner", "again"):
        data = examples(trained)
        for example in data:
            example.predicted = trained(example.predicted)
        assert trained.get_pipe(name).score(data)["ents_f_text"] == alone["ents_f_text"]


@pytest.mark.parametrize("view", ["T", "auto"])
def test_scores_know_the_view_of_one_call(trained, examples, view):
    scores = trained.evaluate(examples(trained))
    trained.get_pipe("ner").view = "auto" if view == "T" else "T"
    found = trained.evaluate(examples(trained), component_cfg={"ner": {"view": view}})
    expected = scores["ents_f_text"] if view == "T" else scores["ents_f_image"]
    assert found["ents_f"] == expected
    assert found["ents_f_text"] == scores["ents_f_text"]
    assert found["ents_f_image"] == (None if view == "T" else expected)


def test_each_view_has_confidences_of_its_own(trained, make_doc):
    doc = make_doc(trained, "obama sings tonight", scene="PER")
    (alone,) = trained(make_doc(trained, "obama sings tonight")).ents
    (doc,) = Annotator(trained, Views.BOTH)([doc])
    (seen,) = doc.ents
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (again,) = DocBin().from_bytes(data).get_docs(trained.vocab)
    for read in (doc, Doc(trained.vocab).from_bytes(doc.to_bytes()), again):
        (text,), (image,) = read.spans["entities_text"], read.spans["entities_image"]
        assert (text.text, text.label_) == (image.text, image.label_) == ("obama", "PER")
        assert text._.confidence == pytest.approx(alone._.confidence, abs=1e-5)
        assert image._.confidence == read.ents[0]._.confidence == seen._.confidence
        assert text._.confidence != image._.confidence


def by_a_ruler(nlp, doc):
    ruler = nlp.add_pipe("entity_ruler", config={"overwrite_ents": True})
    ruler.add_patterns([{"label": "BAND", "pattern": "paris"}])
    return ruler(doc)


def by_ents(nlp, doc):
    doc.ents = [Span(doc, 2, 3, "BAND")]
    return doc


def by_set_ents(nlp, doc):
    doc.set_ents([Span(doc, 2, 3, "BAND")], default="unmodified")
    return doc


def by_retokenizing(nlp, doc):
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[2:3], attrs={"ENT_TYPE": "BAND", "ENT_IOB": 3})
    return doc


@pytest.mark.parametrize("replace", [by_a_ruler, by_ents, by_set_ents, by_retokenizing])
def test_an_entity_in_the_place_of_another_has_no_confidence(trained, make_doc, replace):
    doc = trained(make_doc(trained, "i love paris", scene="LOC"))
    (old,) = doc.ents
    assert old._.confidence > 0
    doc = replace(trained, doc)
    assert found(doc) == [("paris", "BAND")]
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (again,) = DocBin().from_bytes(data).get_docs(trained.vocab)
    for read in (doc, doc.copy(), Doc(trained.vocab).from_bytes(doc.to_bytes()), again):
        assert read.ents[0]._.confidence is None
    # a user's own confidence stays
    doc.ents[0]._.confidence = 0.25
    assert doc.ents[0]._.confidence == 0.25
