"""Pipelines that were used, then copied, pickled and sent to other processes."""

import copy
import multiprocessing
import pickle

import pytest
import spacy
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


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_of_a_used_pipeline_says_the_same(nlp, pictures, make):
    first = align(make(nlp), pictures[:1])
    expected = align(nlp, pictures[:2])
    assert expected[:1] == first and all(expected[0])
    # used now, as is the copy of the copy
    other = make(nlp)
    assert align(other, pictures[:2]) == expected
    assert align(make(other), pictures[:2]) == align(nlp, pictures[:2]) == expected


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_every_kind_say_the_same(nlp, pictures, method, monkeypatch):
    expected = align(nlp, pictures)
    context = multiprocessing.get_context(method)
    monkeypatch.setattr("spacy.language.mp", context)
    for _ in range(2):
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
