"""The mean teacher: the weights that it reads with, and what it leaves unchanged."""

import pytest
import torch
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_ita.context import NO_CONTEXT
from spacy_ita.crf import LinearChain
from spacy_ita.encoder import View
from spacy_ita.ner.loss.mean_teacher import MeanTeacher

VIEWS = [View(["i", "love", "paris"], NO_CONTEXT), View(["london"], NO_CONTEXT)]


def parameters(pipe):
    for node in pipe.model.walk():
        for shim in node.shims:
            yield from shim._model.named_parameters()


@pytest.fixture
def pipe(make_nlp, examples):
    nlp = make_nlp()
    nlp.initialize(lambda: examples(nlp))
    return nlp.get_pipe("ner")


def move(pipe, amount):
    with torch.no_grad():
        for _, weights in parameters(pipe):
            weights.add_(amount)


def test_a_teacher_reads_by_the_mean_of_the_weights(pipe):
    teacher = MeanTeacher(0.5)
    first = {name: weights.clone() for name, weights in parameters(pipe)}
    teacher.step(pipe.model)
    move(pipe, 0.01)
    teacher.step(pipe.model)
    moved = {name: weights.clone() for name, weights in parameters(pipe)}
    found = teacher.read(pipe.model, VIEWS)
    # the weights are those of the step again
    for name, weights in parameters(pipe):
        torch.testing.assert_close(weights.detach(), moved[name], atol=0, rtol=0)
        with torch.no_grad():
            weights.copy_((first[name] + moved[name]) / 2)
    expected = MeanTeacher(0.5).read(pipe.model, VIEWS)
    assert isinstance(expected, LinearChain)
    for part in ("emissions", "transitions", "start", "end"):
        torch.testing.assert_close(getattr(found, part), getattr(expected, part), atol=1e-5, rtol=0)
    assert not found.emissions.requires_grad
    # sequences that BIOES forbids are possible, as they are for the learning views
    assert torch.isfinite(found.log_marginals()).all()
    assert found.transitions.min() > -100


def test_no_teacher_and_no_views(pipe):
    nobody = MeanTeacher(0.0)
    nobody.step(pipe.model)
    assert nobody.read(pipe.model, VIEWS) is None
    assert MeanTeacher(0.5).read(pipe.model, []) is None


def run(make_nlp, examples, decay, steps):
    fix_random_seed(0)
    loss = {"@misc": "spacy_ita.CrossViewLoss.v2", "teacher_decay": decay}
    nlp = make_nlp(loss=loss)
    optimizer = nlp.initialize(lambda: examples(nlp))
    optimizer.learn_rate = 5e-4
    first, losses = None, {}
    for _ in range(steps):
        losses = {}
        nlp.update(examples(nlp), sgd=optimizer, losses=losses)
        first = first or losses
    return nlp, first, losses


@pytest.mark.slow
def test_a_pipe_learns_from_its_mean_teacher(make_nlp, examples, make_doc):
    nlp, first, last = run(make_nlp, examples, 0.9, 60)
    _, alone, _ = run(make_nlp, examples, 0.0, 1)
    # the first reading uses the same weights without dropout, and there is no dropout here
    assert first["ner_nll_image"] == pytest.approx(alone["ner_nll_image"], rel=1e-4)
    assert last["ner_kl"] > 0
    docs = [make_doc(nlp, "i love paris", scene=scene) for scene in ("PER", "LOC")]
    assert [[ent.label_ for ent in doc.ents] for doc in nlp.pipe(docs)] == [["PER"], ["LOC"]]


def test_a_batch_without_pictures_needs_no_teacher(make_nlp, make_doc):
    nlp = make_nlp(loss={"@misc": "spacy_ita.CrossViewLoss.v2", "teacher_decay": 0.9})
    doc = make_doc(nlp, "obama sings", [(0, 5, "PER")])
    bare = [Example(nlp.make_doc(doc.text), doc)]
    with pytest.warns(UserWarning, match="learns from the text alone"):
        optimizer = nlp.initialize(lambda: bare)
    losses = nlp.update(bare, sgd=optimizer)
    assert losses["ner_kl"] == 0
