"""Entities, their confidences, and earlier entities of a Doc."""

import warnings

import pytest
import torch
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from taggers import found, train

from spacy_ita.crf import TagScheme
from spacy_ita.encoder import View


def test_view_text_ignores_the_picture(trained, make_doc):
    trained.get_pipe("ner").view = "T"
    seen = {
        scene: found(trained(make_doc(trained, "i love paris", scene=scene)))
        for scene in ("PER", "LOC")
    }
    assert seen["PER"] == seen["LOC"]


def test_view_image_warns_of_documents_without_a_picture(trained, make_doc):
    trained.get_pipe("ner").view = "I+T"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(make_doc(trained, "i love paris", scene="PER"))
    with pytest.warns(UserWarning, match="1 of 1 documents"):
        trained("i love paris")


def test_confidence_is_the_exact_marginal(trained, make_doc):
    doc = trained(make_doc(trained, "i love paris", scene="LOC"))
    (ent,) = doc.ents
    pipe = trained.get_pipe("ner")
    assert 0.5 < ent._.confidence <= 1.0
    view = View([t.text for t in doc], pipe.context_of(doc))
    marginals = pipe.model.predict([view]).chain.marginals()
    tag = TagScheme(pipe.labels).index[f"S-{ent.label_}"]
    assert ent._.confidence == pytest.approx(marginals.unary[0, 2, tag].item(), abs=1e-5)


def test_confidence_survives_bytes_and_docbin(trained, make_doc):
    doc = trained(make_doc(trained, "i love paris", scene="LOC"))
    expected = doc.ents[0]._.confidence
    assert Doc(trained.vocab).from_bytes(doc.to_bytes()).ents[0]._.confidence == expected
    data = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (loaded,) = DocBin().from_bytes(data).get_docs(trained.vocab)
    assert loaded.ents[0]._.confidence == expected
    assert list(loaded._.image_captions) == doc._.image_captions
    assert loaded._.image_context == "skyline of the city"


def test_second_annotation_replaces_the_first_only(trained, make_doc):
    doc = make_doc(trained, "i love paris tonight", scene="PER")
    doc.ents = [Span(doc, 3, 4, "TIME")]
    trained(doc)
    assert found(doc) == [("paris", "PER"), ("tonight", "TIME")]
    doc._.image_captions = [{"text": "skyline of the city", "score": 0.0}]
    trained(doc)
    assert found(doc) == [("paris", "LOC"), ("tonight", "TIME")]
    doc.ents = [Span(doc, 1, 3, "SONG")]
    trained(doc)
    assert found(doc) == [("love paris", "SONG")]


def test_an_entity_that_another_pipe_relabelled_is_no_longer_the_taggers(trained, make_doc):
    ruler = trained.add_pipe("entity_ruler", config={"overwrite_ents": True}, last=True)
    ruler.add_patterns([{"label": "BAND", "pattern": "paris"}])
    gold = make_doc(trained, "i love paris", [(7, 12, "BAND")], scene="LOC")
    data = [Example(make_doc(trained, "i love paris", scene="LOC"), gold)]
    scores = trained.evaluate(data)
    assert scores["ents_f"] == scores["ents_f_text"] == scores["ents_f_image"] == 1.0
    doc = trained(data[0].predicted)
    trained.remove_pipe("entity_ruler")
    assert found(trained(doc)) == [("paris", "BAND")]


@pytest.mark.cpu
def test_two_taggers_keep_each_others_entities(trained, make_nlp, make_doc):
    other = make_nlp()
    doc = make_doc(other, "i love paris tonight", [(13, 20, "TIME")])
    train(other, [Example(other.make_doc(doc.text), doc)], steps=20)
    trained.add_pipe("ner", source=other, name="times")
    expected = [("paris", "LOC"), ("tonight", "TIME")]
    docs = [make_doc(trained, doc.text, scene="LOC") for _ in range(2)]
    for doc in trained.pipe(docs, n_process=2):
        assert found(doc) == expected
        assert all(ent._.confidence > 0 for ent in doc.ents)
        # again, now that their entities are set
        assert found(trained(doc)) == expected
    part = docs[0][2:].as_doc(copy_user_data=True)
    assert found(trained(Doc.from_docs([part, part]))) is not None


def test_blocked_tokens_stay_blocked(trained, make_doc):
    doc = make_doc(trained, "jordan sings tonight", scene="PER")
    doc.set_ents([], blocked=[doc[:1]], missing=[doc[1:2]])
    for _ in range(2):
        doc = trained(doc)
        assert [token.ent_iob_ for token in doc] == ["B", "O", "O"]
        assert not doc.ents


def test_pipe_equals_call(trained, make_doc):
    texts = ["i love paris", "obama sings tonight at the stage in london", "", "jordan", " "] * 3
    scenes = ["PER", None, "LOC", "LOC", None] * 3

    def docs():
        return [make_doc(trained, t, scene=s) for t, s in zip(texts, scenes, strict=True)]

    one_by_one = [trained(doc) for doc in docs()]
    for size in (2, 100):
        piped = list(trained.pipe(docs(), batch_size=size))
        assert [found(doc) for doc in piped] == [found(doc) for doc in one_by_one]
        assert [doc.text for doc in piped] == texts
        for a, b in zip(piped, one_by_one, strict=True):
            confidences = [ent._.confidence for ent in a.ents]
            assert confidences == pytest.approx([ent._.confidence for ent in b.ents], abs=1e-5)


@pytest.fixture
def two_threads():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


@pytest.mark.cpu
def test_two_processes(trained, make_doc, two_threads):
    docs = [make_doc(trained, "i love paris", scene=s) for s in ("PER", "LOC", None) * 4]
    expected = [found(trained(doc.copy())) for doc in docs]
    piped = list(trained.pipe(docs, n_process=2, batch_size=3))
    assert [found(doc) for doc in piped] == expected
    assert piped[0]._.image_captions == docs[0]._.image_captions
    assert piped[0].ents[0]._.confidence > 0
