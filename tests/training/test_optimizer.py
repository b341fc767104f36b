from copy import deepcopy
from pathlib import Path

import numpy
import pytest
import torch
from spacy.util import load_config, load_model_from_config
from thinc.api import Optimizer, get_current_ops, get_torch_default_device

from benchmarks.parts.operator_count import OperatorCount
from spacy_ita.training.corpus import PictureCorpus
from spacy_ita.training.gradient_clipping import clipped
from spacy_ita.training.optimizer import create_adamw

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"


def run(optimizer, shape, steps=5, **settings):
    """Step weights as Thinc's layers do: with arrays of the device under test."""
    ops, generator = get_current_ops(), numpy.random.default_rng(0)
    weights = ops.asarray(generator.normal(size=shape).astype("float32"))
    for _ in range(steps):
        gradient = ops.asarray(generator.normal(size=shape).astype("float32"))
        weights, gradient = optimizer((1, "w"), weights, gradient, **settings)
        assert not gradient.any()
    return ops.to_numpy(weights)


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


SHAPES = [(3, 4), (4,), (2, 2), (1,), (5, 3)]


def random_tensors(generator):
    settings = {"dtype": torch.float32, "device": get_torch_default_device()}
    return [torch.tensor(generator.normal(size=shape), **settings) for shape in SHAPES]


def ones():
    return torch.ones(2, 2, device=get_torch_default_device())


@pytest.mark.parametrize("grad_clip", [0.0, 1.5])
def test_many_parameters_at_once_equal_torch(grad_clip):
    """One parameter has no gradient at every other step."""
    generator = numpy.random.default_rng(0)
    ours = random_tensors(generator)
    theirs = [torch.nn.Parameter(weights.clone()) for weights in ours]
    groups = [
        {"params": [p for p in theirs if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in theirs if p.ndim == 1], "weight_decay": 0.0},
    ]
    expected = torch.optim.AdamW(groups, 2e-2)
    optimizer = create_adamw(1e-2, weight_decay=0.1, grad_clip=grad_clip)
    for step in range(6):
        gradients = random_tensors(generator)
        members = [i for i in range(len(SHAPES)) if i != 2 or step % 2]
        for i, parameter in enumerate(theirs):
            parameter.grad = gradients[i].clone() if i in members else None
            if grad_clip and i in members:
                torch.nn.utils.clip_grad_norm_(parameter, grad_clip)
        expected.step()
        optimizer.step_many(
            [(1, str(i)) for i in members],
            [ours[i] for i in members],
            [gradients[i] for i in members],
            lr_scale=2.0,
        )
    for found, parameter in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, parameter.detach(), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("gpu", [False, True])
def test_each_gradient_is_clipped_as_by_torch(gpu, monkeypatch):
    monkeypatch.setattr("spacy_ita.training.gradient_clipping.launches_cost", lambda device: gpu)
    generator = torch.Generator().manual_seed(0)
    shapes = [(3, 4), (4,), (3, 4), (2, 2), (4,), (), (3, 4)]
    device = get_torch_default_device()
    gradients = [3 * torch.randn(shape, generator=generator).to(device) for shape in shapes]
    gradients[4].zero_()
    expected = []
    for gradient in gradients:
        parameter = torch.nn.Parameter(torch.zeros_like(gradient))
        parameter.grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_(parameter, 1.5)
        expected.append(parameter.grad)
    for found, own in zip(clipped(gradients, 1.5), expected, strict=True):
        torch.testing.assert_close(found, own, atol=1e-6, rtol=1e-6)


def test_launches_do_not_grow_with_the_number_of_parameters(monkeypatch):
    monkeypatch.setattr("spacy_ita.training.gradient_clipping.launches_cost", lambda device: True)
    launches = []
    for number in (3, 30):
        optimizer = create_adamw(1e-3, use_averages=True)
        keys = [(1, str(i)) for i in range(number)]
        # the first step makes the optimizer's state
        for _ in range(2):
            weights, gradients = ([ones() for _ in keys] for _ in range(2))
            with OperatorCount() as counted:
                optimizer.step_many(keys, weights, gradients)
        launches.append(counted.launches)
        assert not counted.reads
    assert launches[0] == launches[1]


def test_a_copied_optimizer_goes_on_as_the_first():
    first = create_adamw(1e-2, use_averages=True)
    weights = ones()
    first.step_many([(1, "w")], [weights], [ones()])
    second, copied = deepcopy(first), weights.clone()
    for optimizer, values in ((first, weights), (second, copied)):
        for _ in range(3):
            optimizer.step_many([(1, "w")], [values], [ones() / 2])
    assert torch.equal(weights, copied)
    averages = [get_current_ops().to_numpy(opt.averages[1, "w"]) for opt in (first, second)]
    numpy.testing.assert_array_equal(*averages)
    assert not numpy.array_equal(averages[0], weights.numpy(force=True))


@pytest.mark.parametrize(
    "setting",
    [{"beta1": 1.0}, {"beta2": -0.1}, {"eps": 0.0}, {"weight_decay": -1}, {"grad_clip": -1}],
)
def test_invalid_settings_are_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        create_adamw(**setting)


def test_follows_a_schedule():
    optimizer = create_adamw(iter([0.0, 1e-2, 1e-3]))
    assert isinstance(optimizer, Optimizer)
    still = run(optimizer, (2, 2), steps=1)
    optimizer.step_schedules()
    assert optimizer.learn_rate == 1e-2
    assert not numpy.array_equal(run(optimizer, (2, 2), steps=1), still)


def test_averages_are_weighed_as_by_thinc():
    ops, seen = get_current_ops(), []
    weights = ops.alloc2f(2, 2)
    optimizer = create_adamw(1e-2, use_averages=True)
    for _ in range(4):
        optimizer((1, "w"), weights, ops.alloc2f(2, 2) + 1)
        seen.append(ops.to_numpy(weights).copy())
    average = seen[0]
    for step, weights in enumerate(seen[1:], 2):
        average = average + (1 - (1 + step) / (10 + step)) * (weights - average)
    found = ops.to_numpy(optimizer.averages[1, "w"])
    numpy.testing.assert_allclose(found, average, atol=1e-6)


def test_spacy_uses_the_averages_of_all_weights(bert_folder, corpus, weights):
    """`spacy train` evaluates and saves inside `use_params`."""
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
                average = optimizer.averages.get((shim.id, name), parameter)
                numpy.testing.assert_array_equal(
                    parameter.numpy(force=True), torch.as_tensor(average).numpy(force=True)
                )
        assert weights(nlp) != learnt
    assert weights(nlp) == learnt
