from pathlib import Path

import numpy
import pytest
import torch
from spacy.util import load_config, load_model_from_config
from thinc.api import Optimizer

from spacy_ita.training.corpus import PictureCorpus
from spacy_ita.training.optimizer import create_adamw

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"


def run(optimizer, shape, steps=5, **settings):
    generator = numpy.random.default_rng(0)
    weights = generator.normal(size=shape).astype("float32")
    for _ in range(steps):
        gradient = generator.normal(size=shape).astype("float32")
        weights, gradient = optimizer((1, "w"), weights, gradient, **settings)
        assert not gradient.any()
    return weights


@pytest.mark.parametrize("grad_clip", [0.0, 0.5])
def test_equals_torch(grad_clip):
    ours = run(create_adamw(1e-2, weight_decay=0.1, grad_clip=grad_clip), (3, 4), lr_scale=2.0)
    generator = numpy.random.default_rng(0)
    parameter = torch.nn.Parameter(torch.tensor(generator.normal(size=(3, 4)).astype("float32")))
    optimizer = torch.optim.AdamW([parameter], 2e-2, weight_decay=0.1)
    for _ in range(5):
        parameter.grad = torch.tensor(generator.normal(size=(3, 4)).astype("float32"))
        if grad_clip:
            torch.nn.utils.clip_grad_norm_(parameter, grad_clip)
        optimizer.step()
    torch.testing.assert_close(torch.tensor(ours), parameter.detach(), atol=1e-5, rtol=1e-4)


def test_biases_do_not_decay():
    plain, decayed = (run(create_adamw(1e-2, weight_decay=d), (4,)) for d in (0.0, 0.5))
    assert numpy.array_equal(plain, decayed)


def test_follows_a_schedule():
    optimizer = create_adamw(iter([0.0, 1e-2, 1e-3]))
    assert isinstance(optimizer, Optimizer)
    still = run(optimizer, (2, 2), steps=1)
    optimizer.step_schedules()
    assert optimizer.learn_rate == 1e-2
    assert not numpy.array_equal(run(optimizer, (2, 2), steps=1), still)


def test_averages_are_weighed_as_by_thinc():
    weights = numpy.zeros((2, 2), dtype="float32")
    seen = []
    optimizer = create_adamw(1e-2, use_averages=True)
    for _ in range(4):
        optimizer((1, "w"), weights, numpy.ones((2, 2), dtype="float32"))
        seen.append(weights.copy())
    average = seen[0]
    for step, weights in enumerate(seen[1:], 2):
        average = average + (1 - (1 + step) / (10 + step)) * (weights - average)
    numpy.testing.assert_allclose(optimizer.averages[1, "w"], average, atol=1e-6)


def test_spacy_uses_the_averages_of_all_weights(bert_folder, corpus, weights):
    """What `spacy train` evaluates and saves within."""
    config = load_config(CONFIG, {"paths.encoder": str(bert_folder)})
    config.pop("corpora")
    nlp = load_model_from_config(config, auto_fill=True)
    examples = list(PictureCorpus(corpus)(nlp))
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(1e-2, use_averages=True)
    for _ in range(2):
        nlp.update(examples, sgd=optimizer)
    learnt = weights(nlp)
    shims = [shim for node in nlp.get_pipe("ner").model.walk() for shim in node.shims]
    with nlp.use_params(optimizer.averages):
        for shim in shims:
            for name, parameter in shim._model.named_parameters():
                average = torch.tensor(
                    optimizer.averages.get((shim.id, name), parameter.numpy(force=True))
                )
                torch.testing.assert_close(parameter.detach(), average)
        assert weights(nlp) != learnt
    assert weights(nlp) == learnt
