"""Pipelines that were used, then copied, pickled and sent to other processes."""

import copy
import multiprocessing
import pickle
from multiprocessing.reduction import ForkingPickler

import pytest
import torch
from PIL import Image
from spacy.training import Example
from test_saving import align, build

from spacy_ita.training.optimizer import create_adamw

cloudpickle = pytest.importorskip("cloudpickle")

COPIES = {
    "pickle": lambda nlp: pickle.loads(pickle.dumps(nlp)),
    "deepcopy": copy.deepcopy,
    "cloudpickle": lambda nlp: cloudpickle.loads(cloudpickle.dumps(nlp)),
}


@pytest.fixture(scope="module")
def make_pipeline(rt_detr, blip, bert_folder):
    """Pipes of every kind: models with caches of their own, a program, and a tagger."""

    def make_pipeline():
        nlp = build(rt_detr, blip)
        nlp.add_pipe("image_ocr")
        encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
        model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
        nlp.add_pipe("crf_ner", config={"model": model})
        gold = {"entities": [(7, 12, "LOC")]}
        example = Example.from_dict(nlp.make_doc("i love paris"), gold)
        nlp.initialize(lambda: [example])
        optimizer = create_adamw(3e-3)
        for _ in range(20):
            nlp.get_pipe("crf_ner").update([example], sgd=optimizer)
        return nlp

    return make_pipeline


@pytest.fixture(scope="module")
def nlp(make_pipeline):
    return make_pipeline()


@pytest.mark.slow
@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_of_a_used_pipeline_says_the_same(nlp, pictures, make):
    expected = align(nlp, pictures[:1])
    other = make(nlp)
    assert all(expected[0]) and align(other, pictures[:1]) == expected
    # used now, like the copy of the copy
    assert align(make(other), pictures[:1]) == align(nlp, pictures[:1]) == expected


def test_no_tensor_is_sent_by_a_file_descriptor(nlp, pictures, monkeypatch):
    """Torch would send one for each tensor, and `forkserver` takes only 250."""
    align(nlp, pictures[:1])
    sent = []
    for kind in (torch.Tensor, torch.nn.Parameter):
        monkeypatch.setitem(ForkingPickler._extra_reducers, kind, sent.append)
    ForkingPickler.dumps(nlp)
    assert not sent


def tweets(nlp, paths):
    """Documents with pictures."""
    for path in paths:
        doc = nlp.make_doc("i love paris")
        doc._.image_path = path
        yield doc


def said(docs):
    """What a pipeline says of documents, without scores: their last digits depend on the batch."""
    for doc in docs:
        objects = [item["label"] for item in doc._.image_objects]
        entities = [(ent.text, ent.label_) for ent in doc.ents]
        yield objects, len(doc._.image_captions), len(doc._.image_ocr), entities


@pytest.fixture(scope="module")
def unused(make_pipeline):
    return make_pipeline()


@pytest.fixture(scope="module")
def called(make_pipeline, tmp_path_factory):
    """A pipeline after a hundred calls."""
    nlp = make_pipeline()
    path = tmp_path_factory.mktemp("called") / "a.png"
    Image.new("RGB", (60, 40)).save(path)
    # the program starts anew for each picture, and keeps nothing
    with nlp.select_pipes(disable=["image_ocr"]):
        for doc in tweets(nlp, [path] * 100):
            nlp(doc)
    return nlp


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "method"),
    [
        pytest.param("unused", "fork", marks=pytest.mark.cpu),
        pytest.param("called", "fork", marks=pytest.mark.cpu),
        ("unused", "forkserver"),
        ("called", "spawn"),
    ],
)
def test_processes_of_every_kind_say_the_same(state, method, pictures, monkeypatch, request):
    nlp = request.getfixturevalue(state)
    # a copy, so that the pipeline itself stays as unused as it was
    alone = copy.deepcopy(nlp)
    expected = list(said(alone.pipe(tweets(alone, pictures))))
    assert all(entities == [("paris", "LOC")] for *_, entities in expected)
    monkeypatch.setattr("spacy.language.mp", multiprocessing.get_context(method))
    assert list(said(nlp.pipe(tweets(nlp, pictures), n_process=2, batch_size=2))) == expected
