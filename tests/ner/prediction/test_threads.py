"""Threads: a pipeline for each, and one pipeline for all."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

TEXTS = [f"i love {name}" for name in ("jordan", "paris", "chelsea", "london", "obama")] * 2


@pytest.fixture
def tagger(make_nlp, examples):
    """A function that makes a pipeline whose encoder has dropout, and gives way to other threads
    at each of its layers."""
    torch.manual_seed(0)  # seeds whose untrained heads find something

    def make():
        nlp = make_nlp()
        encoder = nlp.get_pipe("ner").model.get_ref("encoder")
        settings = encoder.shims[0].transformer_config
        settings["hidden_dropout_prob"] = 0.5
        found = examples(nlp)
        nlp.initialize(lambda: found)
        for layer in encoder.shims[0]._model.encoder.layer:
            layer.register_forward_pre_hook(lambda *_: time.sleep(0.002))
        return nlp

    return make


def read(nlp):
    docs = [nlp(text) for text in TEXTS]
    return [[(ent.text, ent.label_, ent._.confidence) for ent in doc.ents] for doc in docs]


def at_once(*pipelines):
    with ThreadPoolExecutor(len(pipelines)) as pool:
        return list(pool.map(read, pipelines))


def test_two_pipelines_side_by_side_give_what_each_gives_alone(tagger):
    pipelines = tagger(), tagger()
    alone = [read(nlp) for nlp in pipelines]
    assert any(alone[0]) and alone[0] != alone[1]
    assert at_once(*pipelines) == alone


def test_threads_share_a_pipeline(tagger):
    nlp = tagger()
    alone = read(nlp)
    assert any(alone)
    assert at_once(nlp, nlp, nlp) == [alone] * 3
