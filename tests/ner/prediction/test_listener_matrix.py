"""A pipe that listens to `crf_ner` gets vectors whenever spaCy's `tok2vec` would give them."""

import numpy
import pytest
import spacy
from spacy.training import Example
from thinc.api import to_numpy

CATS = {"PER": 1.0, "LOC": 0.0}
WIDTH = 32


# spaCy's own pipe is the reference for the other
@pytest.fixture(params=["crf_ner", pytest.param("tok2vec", marks=pytest.mark.slow)])
def saved(request, make_nlp, examples, tmp_path):
    """The folder of a pipeline whose textcat listens to one kind of pipe."""
    if request.param == "crf_ner":
        nlp = make_nlp()
    else:
        nlp = spacy.blank("en")
        model = {"@architectures": "spacy.HashEmbedCNN.v2", "width": WIDTH, "depth": 1}
        model |= {"embed_size": 50, "window_size": 1, "maxout_pieces": 2}
        model |= {"subword_features": False, "pretrained_vectors": None}
        nlp.add_pipe("tok2vec", name="ner", config={"model": model})
    nlp.add_pipe("textcat", config={"model": listening_model()})
    data = examples(make_nlp())
    for example in data:
        example.reference.cats = CATS
    nlp.initialize(lambda: [Example(nlp.make_doc(eg.text), eg.reference) for eg in data])
    nlp.to_disk(tmp_path / request.param)
    return tmp_path / request.param


def listening_model():
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": WIDTH, "upstream": "ner"}
    reduce = dict.fromkeys(("use_reduce_first", "use_reduce_last", "use_reduce_max"), False)
    return {
        "@architectures": "spacy.TextCatReduce.v1",
        "exclusive_classes": True,
        "use_reduce_mean": True,
        **reduce,
        "tok2vec": listener,
    }


def vectors(nlp):
    (listener,) = (
        node for node in nlp.get_pipe("textcat").model.walk() if node.name == "tok2vec-listener"
    )
    (found,) = listener.predict([nlp("obama sings")])
    return to_numpy(found)


def enabled_at_load(saved):
    return spacy.load(saved)


def disabled_at_load(saved):
    nlp = spacy.load(saved, disable=["textcat"])
    nlp.enable_pipe("textcat")
    return nlp


def disabled_while_another_is_added(saved):
    nlp = spacy.load(saved)
    nlp.disable_pipe("textcat")
    nlp.add_pipe("sentencizer")
    nlp.enable_pipe("textcat")
    return nlp


def selected_for_a_while(saved):
    nlp = spacy.load(saved)
    with nlp.select_pipes(enable=["ner"]):
        nlp.add_pipe("sentencizer", first=True)
    return nlp


def from_bytes(saved):
    nlp = spacy.load(saved, disable=["textcat"])
    again = spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    again.enable_pipe("textcat")
    return again


def sourced(saved):
    source = spacy.load(saved)
    nlp = spacy.load(saved, exclude=["textcat"])
    nlp.add_pipe("textcat", source=source)
    return nlp


@pytest.mark.parametrize(
    "make",
    [
        enabled_at_load,
        disabled_at_load,
        disabled_while_another_is_added,
        selected_for_a_while,
        from_bytes,
        sourced,
    ],
)
def test_vectors_reach_an_enabled_listener(saved, make):
    expected = vectors(spacy.load(saved))
    assert abs(expected).max() > 0
    numpy.testing.assert_allclose(vectors(make(saved)), expected, atol=1e-6)


def test_an_excluded_listener_costs_no_vectors(saved):
    nlp = spacy.load(saved, exclude=["textcat"])
    assert nlp.get_pipe("ner").listeners == []
    if saved.name == "crf_ner":
        assert nlp("obama sings").tensor.size == 0


@pytest.mark.parametrize("frozen", ["ner", "textcat"])
def test_a_frozen_pipe(saved, frozen):
    """A frozen upstream annotates; a frozen listener learns nothing. The other learns."""
    nlp = spacy.load(saved)
    data = [Example.from_dict(nlp.make_doc("obama sings"), {"cats": CATS, "entities": []})]
    before = {name: nlp.get_pipe(name).to_bytes() for name in ("ner", "textcat")}
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.1
    # twice: a textcat that starts with weights of zero gives no gradient at first
    for _ in range(2):
        nlp.update(data, sgd=False, exclude=[frozen], annotates=["ner"])
        nlp.get_pipe("textcat" if frozen == "ner" else "ner").finish_update(optimizer)
    after = {name: nlp.get_pipe(name).to_bytes() for name in ("ner", "textcat")}
    assert before[frozen] == after[frozen]
    if (saved.name, frozen) != ("tok2vec", "textcat"):
        assert all(before[name] != after[name] for name in before if name != frozen)


def test_a_listener_that_replaces_its_upstream(saved):
    """spaCy's pipe copies the upstream into the listening pipe; `crf_ner` refuses to."""
    nlp = spacy.load(saved)
    if saved.name == "tok2vec":
        nlp.replace_listeners("ner", "textcat", ["model.tok2vec"])
        assert nlp.get_pipe("ner").listeners == []
    else:
        with pytest.raises(ValueError, match="in its pipeline"):
            nlp.replace_listeners("ner", "textcat", ["model.tok2vec"])
