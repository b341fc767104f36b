"""Annotation of good and bad documents: bad ones don't affect the others."""

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Span

from spacy_ita.corpora import Notes, open_writer, read_corpus, row_of
from spacy_ita.corpora.rows import VIEWS, keep_view
from spacy_ita.extensions import attributes
from spacy_ita.pipeline.annotator import UNREAD, Annotator, Views


@Language.component("fails_on_bad")
def fails_on_bad(doc):
    if doc.text == "bad":
        raise KeyError("of the component")
    return doc


@pytest.fixture
def nlp(bert_folder):
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    ner = nlp.add_pipe("crf_ner", config={"model": model, "view": "T"})
    ner.add_label("PER")
    nlp.initialize()
    return nlp


def test_a_document_that_fails_is_alone(nlp):
    nlp.add_pipe("fails_on_bad")
    docs = [nlp.make_doc(text) for text in ("good", "bad", "", "good again")]
    done = Annotator(nlp, Views.BOTH)(docs)
    assert [doc.text for doc in done] == ["good", "bad", "", "good again"]
    assert [Notes(doc).error for doc in done] == ["", "KeyError: 'of the component'", "", ""]
    assert all({"entities_text", "entities_image"} == set(doc.spans) for doc in done)


def test_a_document_that_the_pipeline_leaves_out_is_kept(nlp):
    nlp.add_pipe("fails_on_bad")
    nlp.set_error_handler(lambda name, pipe, docs, error: None)
    docs = [nlp.make_doc(text) for text in ("good", "bad", "good again")]
    done = list(Annotator(nlp, Views.IT).pipe(docs, 2))
    assert done == docs
    left_out = "ValueError: dropped by the error handler of a pipe"
    assert [Notes(doc).error for doc in done] == ["", left_out, ""]


def test_what_failed_is_tried_again_and_what_is_unreadable_is_not(nlp, tmp_path):
    srsly.write_jsonl(tmp_path / "posts.jsonl", [{"text": "bad", "id": "a"}, {"text": "good"}, {}])
    mended = Annotator(nlp, Views.T)
    nlp.add_pipe("fails_on_bad")
    with open_writer(tmp_path / "first.spacy") as write:
        write(list(mended.pipe(read_corpus(tmp_path / "posts.jsonl", nlp), 2)))
    nlp.remove_pipe("fails_on_bad")
    failed = list(read_corpus(tmp_path / "first.spacy", nlp))
    assert [bool(Notes(doc).error) for doc in failed] == [True, False, True]
    failed[1].user_data["error"] = "of the user's own"
    done = list(mended.pipe(failed, 2))
    assert [Notes(doc).id for doc in done] == ["a", "2", "3"]
    assert [Notes(doc).error.split(": ")[-1] for doc in done] == [
        "",
        "",
        "neither a text nor an image",
    ]


@pytest.mark.parametrize("text", ["good", "bad"])
def test_nothing_of_an_earlier_reading_is_left(nlp, text):
    nlp.add_pipe("entity_ruler", first=True).add_patterns([{"label": "NEW", "pattern": "good"}])
    nlp.add_pipe("fails_on_bad")
    attrs = attributes()
    doc = nlp.make_doc(text)
    doc.ents = [Span(doc, 0, 1, "OLD")]
    doc.ents[0]._.confidence = 0.5
    for name in VIEWS:
        keep_view(doc, name, attrs)
    new = [("NEW", None)] if text == "good" else []

    def entities(views, name):
        (done,) = Annotator(nlp, views)([doc])
        row = row_of(done, attrs, both=views is Views.BOTH)
        return [(ent["label"], ent["confidence"]) for ent in row[name]]

    assert entities(Views.BOTH, "entities_text") == new
    assert entities(Views.BOTH, "entities_image") == new
    assert entities(Views.T, "entities") == new
    assert not doc.spans


def test_a_picture_that_no_pipe_read(nlp):
    docs = [nlp.make_doc("aligned"), nlp.make_doc("not aligned"), nlp.make_doc("no picture")]
    docs[0]._.image_path = docs[1]._.image_path = "a.png"
    docs[0]._.image_captions = []
    done = Annotator(nlp, Views.IT)(docs)
    assert [Notes(doc).warning for doc in done] == ["", UNREAD, ""]
    assert Notes(Annotator(nlp, Views.T)([nlp.make_doc("a")])[0]).warning == ""


def test_a_pipeline_without_a_tagger():
    with pytest.raises(ValueError, match="must have exactly one crf_ner, but has nothing"):
        Annotator(spacy.blank("en"), Views.T)
