"""The host plans the next batch while a GPU works on this one.

A GPU runs what is launched in order. A read by the host waits until the copy that it reads is made,
so it keeps the GPU from nothing that was launched after the copy.
"""

import pytest
from spacy.util import minibatch

from spacy_ita.crf import HostCopy
from spacy_ita.encoder import model as encoder_model
from spacy_ita.encoder.holder import EncoderShim
from spacy_ita.ner.component import CrossViewNER
from spacy_ita.training.optimizer import create_adamw

STEPS = {
    "plan": (encoder_model, "lay_out"),
    "encode": (EncoderShim, "read"),
    "copy": (HostCopy, "__init__"),
    "read": (HostCopy, "wait"),
    "gradients": (EncoderShim, "backpropagate"),
    "step": (CrossViewNER, "finish_update"),
}
"""What the host does for a batch, and the function that does it."""


@pytest.fixture
def nlp(make_nlp, examples):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    return nlp


@pytest.fixture
def events(nlp, monkeypatch):
    """The steps in the order in which they begin; each batch is one call of the encoder."""
    found = []

    def record(name, run):
        def recorded(*args, **kwargs):
            found.append(name)
            return run(*args, **kwargs)

        return recorded

    for name, (owner, attribute) in STEPS.items():
        monkeypatch.setattr(owner, attribute, record(name, getattr(owner, attribute)))
    return found


def test_the_next_batch_is_planned_before_this_one_is_read(nlp, examples, events, monkeypatch):
    monkeypatch.setattr(CrossViewNER, "_on_gpu", property(lambda self: True))
    docs = [example.predicted for example in examples(nlp)[:6]]
    assert list(nlp.pipe(docs, batch_size=2)) == docs
    launch = ["plan", "encode", "copy"]
    assert events == [*launch, *launch, "read", *launch, "read", "read"]


def test_the_next_update_is_planned_while_gradients_are_computed(nlp, examples, events):
    """The loss is read when its gradients are launched, and waits for none of them."""
    sgd = create_adamw(1e-3)
    for batch in minibatch(examples(nlp)[:6], 2):
        nlp.update(batch, sgd=sgd)
    assert events == 3 * ["plan", "encode", "copy", "gradients", "read", "step"]
