"""The pipe as spaCy's users meet it: training, annotation, scores, saving."""

import shutil
import warnings
from copy import deepcopy

import pytest
import spacy
import torch
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

from spacy_ita.crf import TagScheme
from spacy_ita.training.optimizer import create_adamw


def train(nlp, examples, steps=60):
    torch.manual_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(3e-3)
    for _ in range(steps):
        losses = {}
        nlp.update(examples, sgd=optimizer, losses=losses, drop=0.0)
    return losses


def found(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]


@pytest.fixture
def trained(make_nlp, examples, trained_bytes):
    nlp = make_nlp()
    if not trained_bytes:
        train(nlp, examples(nlp))
        trained_bytes.append(nlp.to_bytes())
    return nlp.from_bytes(trained_bytes[0])


@pytest.fixture(scope="module")
def trained_bytes():
    return []


def test_overfits_what_only_the_picture_tells(make_nlp, make_doc, examples):
    nlp = make_nlp()
    data = examples(nlp)
    losses = train(nlp, data)
    assert losses["ner_nll_image"] < 0.1 < losses["ner_nll_text"]
    for scene in ("PER", "LOC"):
        assert found(nlp(make_doc(nlp, "i love paris", scene=scene))) == [("paris", scene)]
    assert found(nlp("obama sings tonight")) == [("obama", "PER")]
    assert found(nlp("i love the city")) == []


def test_view_text_ignores_the_picture(trained, make_doc):
    trained.get_pipe("ner").view = "text"
    seen = {
        scene: found(trained(make_doc(trained, "i love paris", scene=scene)))
        for scene in ("PER", "LOC")
    }
    assert seen["PER"] == seen["LOC"]


def test_view_image_warns_of_documents_without_a_picture(trained, make_doc):
    trained.get_pipe("ner").view = "image"
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
    from spacy_ita.encoder import View

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


def test_two_processes(trained, make_doc, two_threads):
    docs = [make_doc(trained, "i love paris", scene=s) for s in ("PER", "LOC", None) * 4]
    expected = [found(trained(doc.copy())) for doc in docs]
    piped = list(trained.pipe(docs, n_process=2, batch_size=3))
    assert [found(doc) for doc in piped] == expected
    assert piped[0]._.image_captions == docs[0]._.image_captions
    assert piped[0].ents[0]._.confidence > 0


@pytest.mark.parametrize("kl", ["token", "sequence"])
def test_batch_where_some_documents_have_a_picture(make_nlp, examples, kl):
    loss = {"@misc": "spacy_ita.CrossViewLoss.v1", "kl": kl}
    nlp = make_nlp(loss=loss)
    losses = train(nlp, examples(nlp), steps=3)
    assert losses["ner_kl"] > 0
    assert losses["ner"] > 0
    data = examples(nlp)
    for batch in (data[-2:], data[:2]):
        losses = nlp.update(batch, losses={}, sgd=create_adamw(1e-3))
        assert (losses["ner_kl"] > 0) == (batch == data[:2])


def test_one_update_learns_from_both_views(make_nlp, examples):
    """The gradient of a joint update is the sum of the gradients of its views."""

    def gradient(text, image):
        nlp = make_nlp(
            loss={
                "@misc": "spacy_ita.CrossViewLoss.v1",
                "text": text,
                "image": image,
                "kl_weight": 0.0,
            },
        )
        pipe = nlp.get_pipe("ner")
        data = examples(nlp)[:8]
        torch.manual_seed(0)
        nlp.initialize(lambda: data)
        encoder = pipe.model.get_ref("encoder").shims[0]._model
        pipe.update(data, sgd=None, losses={})
        return encoder.embeddings.word_embeddings.weight.grad

    both, text, image = gradient(1.0, 0.5), gradient(1.0, 0.0), gradient(0.0, 0.5)
    assert text.abs().sum() > 0
    assert image.abs().sum() > 0
    torch.testing.assert_close(both, text + image, atol=1e-5, rtol=1e-3)


def test_learn_rates_are_factors(make_nlp, examples):
    nlp = make_nlp(learn_rates={"encoder": 0.0, "linear": 0.0, "crf": 3.0})
    data = examples(nlp)
    nlp.initialize(lambda: data)
    pipe = nlp.get_pipe("ner")
    head = pipe.model.get_ref("head").shims[0]._model
    encoder = pipe.model.get_ref("encoder").shims[0]._model
    before = deepcopy({**head.state_dict(), "e": encoder.embeddings.word_embeddings.weight})
    nlp.update(data, sgd=create_adamw(1e-2, weight_decay=0.0, grad_clip=0.0))
    assert torch.equal(before["linear.weight"], head.linear.weight)
    assert torch.equal(before["e"], encoder.embeddings.word_embeddings.weight)
    step = (before["crf.transitions"] - head.crf.transitions).abs().max().item()
    assert step == pytest.approx(3e-2, rel=1e-2)


def test_scores_of_both_views(trained, examples):
    data = examples(trained)
    scores = trained.evaluate(data)
    assert scores["ents_f"] == scores["ents_f_image"] == 1.0
    assert scores["ents_f_text"] < 1.0
    assert scores["ents_f_views"] == (scores["ents_f_text"] + 1.0) / 2
    assert set(scores["ents_per_type_text"]) == {"LOC", "PER"}
    for example in data:
        trained(example.predicted)
    before = [(found(eg.predicted), dict(eg.predicted.user_data)) for eg in data]
    assert trained.get_pipe("ner").score(data)["ents_f_text"] == scores["ents_f_text"]
    assert [(found(eg.predicted), dict(eg.predicted.user_data)) for eg in data] == before


def test_score_of_documents_without_pictures(trained, examples):
    scores = trained.evaluate(examples(trained)[-2:])
    assert scores["ents_f_text"] == scores["ents_f_views"] == scores["ents_f"] == 1.0
    assert scores["ents_f_image"] is None


def test_evaluation_warns_of_lost_pictures(trained, examples):
    data = [Example(trained.make_doc(eg.text), eg.reference) for eg in examples(trained)]
    with pytest.warns(UserWarning, match="8 of 10 documents were annotated without"):
        trained.evaluate(data)


def test_training_warns_of_lost_pictures(make_nlp, examples):
    nlp = make_nlp()
    data = [Example(nlp.make_doc(eg.text), eg.reference) for eg in examples(nlp)]
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        nlp.initialize(lambda: data)


def test_mis_tokenised_documents(make_nlp):
    """Where tokens cross an entity's border its tags are not known; the rest is learned."""
    nlp = make_nlp()
    words = ["i", "love", "paris", "tonight"]
    gold = Doc(nlp.vocab, words=words, ents=["O", "O", "B-LOC", "O"])
    merged = Doc(nlp.vocab, words=["i", "love", "paris tonight"])
    split = Doc(nlp.vocab, words=["i", "love", "par", "is", "tonight"], spaces=[1, 1, 0, 1, 0])
    data = [Example(merged, gold), Example(split, gold), Example(gold.copy(), gold)]
    data[2].predicted.ents = ()
    train(nlp, data, steps=40)
    assert found(nlp(Doc(nlp.vocab, words=words))) == [("paris", "LOC")]
    assert found(nlp(split.copy())) == [("paris", "LOC")]


def test_empty_documents(make_nlp, examples):
    nlp = make_nlp()
    data = examples(nlp)
    nlp.initialize(lambda: data)
    empty = Example(nlp.make_doc(""), nlp.make_doc(""))
    assert nlp.update([empty], losses={})["ner"] == 0.0
    nlp.update([empty, data[0]], losses={})
    assert list(nlp.pipe([])) == []
    assert nlp("").ents == ()


def test_not_initialized(make_nlp, examples):
    nlp = make_nlp()
    with pytest.raises(ValueError, match="initialize"):
        nlp("i love paris")
    with pytest.raises(ValueError, match="initialize"):
        nlp.update(examples(nlp))


def test_labels(make_nlp, examples):
    nlp = make_nlp()
    pipe = nlp.get_pipe("ner")
    data = examples(nlp)
    with pytest.raises(ValueError, match="no entity label"):
        nlp.initialize(lambda: data[-1:])
    nlp.initialize(lambda: data)
    assert pipe.labels == ("LOC", "PER")
    assert pipe.label_data == ["LOC", "PER"]
    with pytest.raises(ValueError, match="can't add the label 'ORG'"):
        pipe.add_label("ORG")
    nlp.config["initialize"]["components"]["ner"] = {"labels": ["PER", "ORG"]}
    nlp.initialize(lambda: data)
    assert pipe.labels == ("ORG", "PER")
    nlp.update(data)


@pytest.mark.parametrize("initialized", [True, False])
@pytest.mark.parametrize("how", ["bytes", "disk"])
@pytest.mark.parametrize("what", ["component", "pipeline"])
def test_serialization(make_nlp, examples, make_doc, tmp_path, initialized, how, what):
    nlp = make_nlp()
    data = examples(nlp)
    if initialized:
        train(nlp, data, steps=20)
    other = make_nlp()
    source, target = (
        (nlp, other) if what == "pipeline" else (nlp.get_pipe("ner"), other.get_pipe("ner"))
    )
    if how == "bytes":
        target.from_bytes(source.to_bytes())
    else:
        source.to_disk(tmp_path / "saved")
        target.from_disk(tmp_path / "saved")
    assert other.get_pipe("ner").labels == nlp.get_pipe("ner").labels
    if initialized:
        for scene in ("PER", "LOC", None):
            a, b = (p(make_doc(p, "i love paris tonight", scene=scene)) for p in (nlp, other))
            assert found(a) == found(b)
            assert [e._.confidence for e in a.ents] == [e._.confidence for e in b.ents]
    else:
        other.initialize(lambda: data)
        assert found(other("i love paris")) is not None


def test_loads_without_the_source_folder(make_nlp, examples, make_doc, tmp_path, bert_folder):
    folder = tmp_path / "encoder"
    shutil.copytree(bert_folder, folder)
    nlp = make_nlp(folder=folder)
    train(nlp, examples(nlp), steps=20)
    nlp.to_disk(tmp_path / "nlp")
    shutil.rmtree(folder)
    loaded = spacy.load(tmp_path / "nlp")
    doc = make_doc(nlp, "i love paris", scene="PER")
    assert found(loaded(doc.copy())) == found(nlp(doc.copy()))


def test_training_is_deterministic(make_nlp, examples):
    weights = []
    for _ in range(2):
        spacy.util.fix_random_seed(1)
        nlp = make_nlp()
        train(nlp, examples(nlp), steps=5)
        head = nlp.get_pipe("ner").model.get_ref("head").shims[0]._model
        weights.append(head.linear.weight.detach().clone())
    assert torch.equal(*weights)


def test_stock_optimizer_and_error_handler(make_nlp, examples, make_doc):
    nlp = make_nlp()
    data = examples(nlp)
    optimizer = nlp.initialize(lambda: data)
    before = nlp.update(data, sgd=optimizer, losses={})["ner"]
    for _ in range(5):
        after = nlp.update(data, sgd=optimizer, losses={})["ner"]
    assert after < before
    failed = []
    nlp.set_error_handler(lambda name, proc, docs, error: failed.extend(docs))
    broken = make_doc(nlp, "i love paris")
    broken._.image_captions = [{"no text": 1}]
    docs = list(nlp.pipe([make_doc(nlp, "jordan"), broken, make_doc(nlp, "paris")], batch_size=1))
    assert [doc.text for doc in docs] == ["jordan", "paris"]
    assert failed == [broken]


def test_names_of_extensions_can_be_set(make_nlp):
    nlp = make_nlp(attrs={"image_captions": "blip_captions", "image_context": "blip_context"})
    doc = nlp.make_doc("paris")
    doc._.blip_captions = [{"text": "city", "score": 0.0}]
    pipe = nlp.get_pipe("ner")
    assert str(pipe.context_of(doc)) == doc._.blip_context == "city"
    assert doc._.image_context == ""
    with pytest.raises(ValueError, match="already registered .*: Doc._.image_context;"):
        make_nlp(attrs={"image_captions": "blip_captions"})
    with pytest.raises(ValueError, match="unknown attributes"):
        make_nlp(attrs={"caption": "x"})
    Doc.set_extension("taken", default=3)
    with pytest.raises(ValueError, match="already registered"):
        make_nlp(attrs={"image_path": "taken"})
