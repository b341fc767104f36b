"""Pipelines that were used, then copied, pickled and sent to other processes."""

import copy
import multiprocessing
import pickle
from multiprocessing.reduction import ForkingPickler

import pytest
import spacy
import torch
from test_saving import align, build

cloudpickle = pytest.importorskip("cloudpickle")

COPIES = {
    "pickle": lambda nlp: pickle.loads(pickle.dumps(nlp)),
    "deepcopy": copy.deepcopy,
    "cloudpickle": lambda nlp: cloudpickle.loads(cloudpickle.dumps(nlp)),
}


@pytest.fixture(scope="module")
def nlp(rt_detr, blip, bert_folder):
    """Pipes of every kind: models with caches of their own, a program, and a tagger."""
    nlp = build(rt_detr, blip)
    nlp.add_pipe("image_ocr")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", config={"model": model})
    example = spacy.training.Example.from_dict(nlp.make_doc("paris"), {"entities": [(0, 5, "LOC")]})
    nlp.initialize(lambda: [example])
    return nlp


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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "rounds"),
    [pytest.param("fork", 2, marks=pytest.mark.cpu), ("spawn", 1), ("forkserver", 1)],
)
def test_processes_of_every_kind_say_the_same(nlp, pictures, method, rounds, monkeypatch):
    expected = align(nlp, pictures)
    context = multiprocessing.get_context(method)
    monkeypatch.setattr("spacy.language.mp", context)
    for _ in range(rounds):
        docs = []
        for path in pictures:
            docs.append(nlp.make_doc("text"))
            docs[-1]._.image_path = path
        found = nlp.pipe(docs, n_process=2, batch_size=2)
        seen = [(doc._.image_objects, doc._.image_captions) for doc in found]
        assert [[len(part) for part in post] for post in seen] == [
            [len(part) for part in post] for post in expected
        ]
        assert [[item["label"] for item in post[0]] for post in seen] == [
            [item["label"] for item in post[0]] for post in expected
        ]
