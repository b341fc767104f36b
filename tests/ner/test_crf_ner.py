"""The pipe's labels and names, and empty and broken documents."""

import pytest
import torch
from spacy.tokens import Doc
from spacy.training import Example


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
    nlp.config["initialize"]["components"]["ner"] = {"labels": ["PER", "ORG"]}
    nlp.initialize(lambda: data)
    assert pipe.labels == ("ORG", "PER")


def test_an_encoder_of_documents_is_refused(make_nlp, examples):
    encoder = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 8, "depth": 1}
    encoder |= {"embed_size": 50, "window_size": 1, "maxout_pieces": 2, "pretrained_vectors": None}
    encoder["subword_features"] = False
    nlp = make_nlp(model={"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder})
    with pytest.raises(ValueError, match=r"doesn't encode views.*spacy_ita\.ContextEncoder"):
        nlp.initialize(lambda: examples(nlp))


def test_what_is_no_label_is_refused(make_nlp, examples):
    nlp = make_nlp()
    pipe = nlp.get_pipe("ner")
    for label in ("", 1, None, ["PER"]):
        with pytest.raises(ValueError, match="a label must be a string"):
            pipe.add_label(label)
    nlp.initialize(lambda: examples(nlp))
    with pytest.raises(ValueError, match="not the string 'PER'"):
        pipe.relabel("PER")
    nlp.config["initialize"]["components"]["ner"] = {"labels": [""]}
    with pytest.raises(ValueError, match="a label must be a string"):
        nlp.initialize(lambda: examples(nlp))


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), 1e38])
def test_scores_that_are_no_numbers_are_an_error(make_nlp, examples, weight):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    head = nlp.get_pipe("ner").model.get_ref("head").shims[0]._model
    with torch.no_grad():
        head.linear.weight[0] = weight
    with pytest.raises(ValueError, match="the scores of 'obama sings' are NaN or infinite"):
        list(nlp.pipe(["obama sings", "paris"]))


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
    # set behind the extension, which refuses it
    broken.user_data["._.", "image_captions", None, None] = [{"no text": 1}]
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
