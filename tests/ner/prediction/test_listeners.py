"""Other pipes over the tagger's encoder: they get its vectors, with pictures, and train it."""

import re
from pathlib import Path

import pytest
import spacy
import torch
from spacy.training import Example
from thinc.api import Config, to_numpy

from spacy_ita.ner.prediction.listeners import EncoderGradient
from spacy_ita.training.optimizer import create_adamw

PAGE = Path(__file__).parents[3] / "docs" / "ecosystem.md"
BLOCKS = re.findall(r"```ini\n(.*?)```", PAGE.read_text(encoding="utf8"), re.S)
WIDTH = 32


@pytest.fixture
def make_shared(make_nlp):
    """A tagger, and the textcat of docs/ecosystem.md that listens to it."""

    def make(upstream="ner", width=WIDTH):
        nlp = make_nlp()
        (block,) = (block for block in BLOCKS if "Tok2VecListener" in block)
        config = Config().from_str("[components]\n" + block)
        model = config["components"]["textcat"]["model"]
        model["tok2vec"] |= {"width": width, "upstream": upstream}
        nlp.add_pipe("textcat", config={"model": model})
        return nlp

    return make


@pytest.fixture
def scenes(examples):
    """The documents with pictures; the kind of picture is also the document's category."""

    def make(nlp):
        found = examples(nlp)[:-2]
        for example in found:
            (ent,) = example.reference.ents
            example.reference.cats = {k: float(k == ent.label_) for k in ("PER", "LOC")}
        return found

    return make


def train(nlp, data, steps=60, **settings):
    """Update as `spacy train` does: all pipes step after the last one has learned."""
    torch.manual_seed(0)
    nlp.initialize(lambda: data)
    optimizer = create_adamw(3e-3)
    for _ in range(steps):
        losses = nlp.update(data, sgd=False, losses={}, **settings)
        for name, pipe in nlp.pipeline:
            if name not in settings.get("exclude", ()):
                pipe.finish_update(optimizer)
    return losses


def kind(doc):
    return max(doc.cats, key=doc.cats.get)


def word_gradient(nlp):
    encoder = nlp.get_pipe("ner").model.get_ref("encoder").shims[0]._model
    return encoder.embeddings.word_embeddings.weight.grad


@pytest.mark.slow
def test_textcat_tells_pictures_apart(make_shared, make_doc, scenes, tmp_path):
    nlp = make_shared()
    data = scenes(nlp)
    losses = train(nlp, data)
    assert losses["ner_nll_image"] < 0.3 < losses["ner_nll_text"]
    docs = [make_doc(nlp, "obama plays tonight", scene=scene) for scene in ("PER", "LOC")]
    read = [nlp(doc.copy()) for doc in docs]
    assert [kind(doc) for doc in read] == ["PER", "LOC"]
    assert read[0].tensor.shape == (3, WIDTH)
    nlp.to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    again = list(loaded.pipe([*docs, loaded.make_doc("")]))
    for doc, expected in zip(again, read, strict=False):
        assert doc.cats == pytest.approx(expected.cats, abs=1e-5)
    assert nlp.evaluate(data)["cats_score"] == 1.0
    # scoring reads both views, and leaves the Doc in the view that it had
    before = to_numpy(read[0].tensor.copy())
    nlp.get_pipe("ner").score([Example(doc, doc) for doc in read])
    assert to_numpy(read[0].tensor) == pytest.approx(before, abs=1e-6)


def test_the_encoder_learns_from_both(make_nlp, make_shared, scenes):
    """The encoder's gradient is only the tagger's, until a listener adds its own."""
    gradients = []
    for make in (make_nlp, make_shared, make_shared):
        nlp = make()
        data = scenes(nlp)
        torch.manual_seed(0)
        nlp.initialize(lambda data=data: data)
        pipe = nlp.get_pipe("ner")
        # twice: the textcat starts with weights of zero, which give no gradient
        for step in range(2):
            pipe.update(data)
            if make is make_shared:
                assert step or word_gradient(nlp) is None
                if len(gradients) == 1:
                    (listener,) = pipe.listeners
                    listener._backprop([0 * vectors for vectors in listener._outputs])
                else:
                    nlp.get_pipe("textcat").update(data, sgd=create_adamw(1e-2))
        gradients.append(word_gradient(nlp))
    alone, silent, shared = gradients
    torch.testing.assert_close(silent, alone)
    assert (shared - alone).abs().max() > 1e-4


@pytest.mark.slow
def test_a_frozen_listener_stops_no_learning(make_shared, scenes):
    nlp = make_shared()
    losses = train(nlp, scenes(nlp), exclude=["textcat"])
    assert losses["ner_nll_image"] < 0.3 < losses["ner_nll_text"]


def test_a_frozen_listener_delays_no_gradient(make_nlp, make_shared, scenes):
    """The gradient of a step is that of its batch, at the weights that it steps from."""
    nlp, alone = make_shared(), make_nlp()
    data = scenes(nlp)
    train(nlp, data, steps=3, exclude=["textcat"])
    alone.initialize(lambda: data)
    alone.get_pipe("ner").from_bytes(nlp.get_pipe("ner").to_bytes())
    stepped = []

    def step(key, weights, gradient, lr_scale):
        if key[1] == "embeddings.word_embeddings.weight":
            stepped.append(to_numpy(gradient.copy()))
        return weights, gradient

    for tagger in (nlp, alone):
        tagger.update(data, sgd=False, exclude=["textcat"])
        tagger.get_pipe("ner").finish_update(step)
    shared, expected = stepped
    assert abs(expected).max() > 1e-3
    assert shared == pytest.approx(expected, abs=1e-6)


def test_over_a_frozen_encoder(make_shared, scenes):
    nlp = make_shared()
    losses = train(nlp, scenes(nlp), exclude=["ner"], annotates=["ner"])
    assert losses["textcat"] < 0.1
    assert word_gradient(nlp) is None


@pytest.mark.cpu
def test_a_tensor_keeps_no_other_in_memory(make_shared, scenes):
    nlp = make_shared()
    data = scenes(nlp)
    nlp.initialize(lambda: data)
    for doc in nlp.pipe([example.predicted for example in data]):
        memory = doc.tensor.base.untyped_storage()
        assert memory.nbytes() == doc.tensor.nbytes == len(doc) * WIDTH * 4


def test_who_listens(make_nlp, make_shared, scenes):
    nlp = make_shared(upstream="*")
    assert not nlp.get_pipe("ner").listeners
    nlp = make_shared(width=16)
    assert nlp.get_pipe("ner").listening_components == ["textcat"]
    with pytest.raises(ValueError, match="textcat: its listener to ner needs `width = 32`"):
        nlp.initialize(lambda: scenes(nlp))
    with pytest.raises(ValueError, match="in its pipeline"):
        nlp.replace_listeners("ner", "textcat", ["model.tok2vec"])
    nlp = make_nlp()
    data = scenes(nlp)
    nlp.initialize(lambda: data)
    assert not nlp(data[0].predicted).tensor.size


class Listener:
    """A listener whose gradient is 1 for each value."""

    def receive(self, batch_id, outputs, backprop):
        self.give = lambda: backprop([part * 0 + 1 for part in outputs])


@pytest.mark.parametrize("pattern", ["LLLL", "LSLSL", "SLSL", "SSSLLSSL", "SSSS"])
@pytest.mark.parametrize("step_first", [True, False])
def test_no_gradient_of_a_listener_is_lost(make_doc, make_nlp, pattern, step_first):
    """A listener that learns (L) or is silent (S), before or after the step, as in `nlp.update`."""
    doc = make_doc(make_nlp(), "paris")
    gradient, listener, reached = EncoderGradient(), Listener(), []
    for batch in pattern:
        vectors = torch.zeros(1, 1, 1)
        vectors.grad = torch.full((1, 1, 1), 10.0)
        gradient.before_update()
        gradient.expect(lambda grad=vectors.grad: reached.append(grad.item()), [listener])
        gradient.serve([doc], vectors, [0], 1.0, lambda grad: reached.append(grad.item()))
        for event in ("step", "learn") if step_first else ("learn", "step"):
            if event == "step":
                gradient.before_step()
            elif batch == "L":
                listener.give()
    gradient.before_update()
    assert sum(reached) == 10 * len(pattern) + pattern.count("L")


def test_white_space_has_a_vector_of_zeros_and_no_gradient(make_shared, make_doc, scenes):
    nlp = make_shared()
    data = scenes(nlp)
    nlp.initialize(lambda: data)

    def read(text):
        doc = make_doc(nlp, text, scene="PER")
        doc.cats = {"PER": 1.0, "LOC": 0.0}
        nlp.update([Example(make_doc(nlp, text, scene="PER"), doc)], sgd=False, losses={})
        gradient = word_gradient(nlp).clone()
        word_gradient(nlp).zero_()
        return to_numpy(nlp(doc).tensor), gradient

    (apart, of_apart), (alone, of_alone) = read("i \n love  paris"), read("i love paris")
    assert apart.shape == (5, WIDTH)
    assert not apart[[1, 3]].any()
    assert apart[[0, 2, 4]] == pytest.approx(alone, abs=1e-6)
    assert of_apart.norm() > 0 and of_alone.norm() > 0


def test_parts_of_a_batch_count_as_their_mean(make_shared, scenes):
    """The same part twice is the part once, to the encoder, whatever the listener adds."""
    nlp = make_shared()
    data = scenes(nlp)
    nlp.initialize(lambda: data)
    pipe = nlp.get_pipe("ner")
    (listener,) = pipe.listeners
    gradients = []
    for parts in (1, 2, 3):
        for _ in range(parts):
            pipe.update(data, drop=0.0)
            listener._backprop([0 * vectors + 1 for vectors in listener._outputs])
        gradients.append(word_gradient(nlp).clone())
        pipe.finish_update(lambda key, weights, gradient, lr_scale=1.0: (weights, gradient))
    for found in gradients[1:]:
        torch.testing.assert_close(found, gradients[0], atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_a_listener_learns_the_view_that_it_will_read(make_shared, scenes):
    """With `view = "T"` two pictures of one text can't be told apart, in training as in use."""
    losses = {}
    for view in ("auto", "T"):
        nlp = make_shared()
        nlp.get_pipe("ner").view = view
        data = scenes(nlp)
        losses[view] = train(nlp, data, steps=25)["textcat"]
    assert losses["auto"] < 0.15 < losses["T"]
