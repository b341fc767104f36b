"""A batch in parts gives the gradient of the whole batch."""

import traceback
from pathlib import Path

import pytest
import torch
from spacy.training.loop import subdivide_batch
from thinc.api import xp2torch

from benchmarks.parts.operator_count import READS, OperatorCount
from spacy_ita.crf.recursions import sequential
from spacy_ita.ner.loss import view_batch
from spacy_ita.ner.loss.gradient_accumulation import parts_of
from spacy_ita.ner.model import named_weights


@pytest.fixture
def pipe_and_data(make_nlp, examples):
    """A pipeline with three kinds of documents: I+T, T, and one twice as long as the others."""
    nlp = make_nlp()
    data = examples(nlp)
    torch.manual_seed(0)
    nlp.initialize(lambda: data)
    return nlp.get_pipe("ner"), data


def gradient(pipe, parts):
    """Return the gradient that the optimizer gets."""
    found = {}

    def sgd(key, weights, gradient, lr_scale=1.0):
        found[key] = xp2torch(gradient).flatten().clone()
        return weights, gradient

    for part in parts:
        pipe.update(part, drop=0.0)
    pipe.finish_update(sgd)
    return torch.cat([found[key] for key in sorted(found)])


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_parts_give_the_gradient_of_the_whole(pipe_and_data, parts):
    """Nine documents, so that every number of parts but 1 and 3 leaves a remainder."""
    pipe, data = pipe_and_data
    data = data[:9]
    whole = gradient(pipe, [data])
    found = gradient(pipe, subdivide_batch(data, parts))
    assert torch.nn.functional.cosine_similarity(found, whole, dim=0) == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-3)


def test_a_batch_over_the_memory_of_a_part_is_divided(pipe_and_data, monkeypatch):
    pipe, data = pipe_and_data
    data = data[:9]
    whole = gradient(pipe, [data])
    losses = pipe.update(data, drop=0.0)
    pipe.finish_update(lambda key, weights, gradient, lr_scale=1.0: (weights, gradient))
    sizes = []

    def thirds(found):
        sizes.extend(found)
        return parts_of(found, sum(found) // 3)

    monkeypatch.setattr(view_batch, "parts_of", thirds)
    torch.testing.assert_close(gradient(pipe, [data]), whole, atol=1e-5, rtol=1e-3)
    assert len(sizes) == 9 and sizes[0] > 0
    assert pipe.update(data, drop=0.0)["ner"] == pytest.approx(losses["ner"], rel=1e-4)


def test_parts_hold_all_documents_in_equal_shares():
    sizes = [5, 100, 30, 30, 5, 100, 30]
    parts = parts_of(sizes, 110)
    assert sorted(i for part in parts for i in part) == list(range(7))
    assert len(parts) == 3 and max(sum(sizes[i] for i in part) for part in parts) <= 200
    assert parts_of(sizes, 300) == [list(range(7))]
    assert parts_of([0, 0], 1) == [[0, 1]]


def test_a_step_begins_another_batch(pipe_and_data):
    pipe, data = pipe_and_data
    expected = gradient(pipe, [data[:2]])
    gradient(pipe, [data[2:9]])
    torch.testing.assert_close(gradient(pipe, [data[:2]]), expected, atol=1e-6, rtol=1e-4)


def test_a_batch_that_fails_leaves_no_gradient(pipe_and_data):
    pipe, data = pipe_and_data
    bias = pipe.model.get_ref("head").shims[0]._model.linear.bias
    kept = bias.detach().clone()
    torch.nn.init.constant_(bias, torch.nan)
    with pytest.raises(ValueError, match="E910.* begins with 'i love jordan'"):
        pipe.update(data)
    assert all(weights.grad is None for weights in named_weights(pipe.model).values())
    with torch.no_grad():
        bias.copy_(kept)
    assert gradient(pipe, [data]).isfinite().all()


def waits_elsewhere(name):
    """Return whether an operator waits for a device; the recursions on a CPU don't count."""
    callers = traceback.extract_stack() if name in READS else ()
    return not any("recursions" in Path(frame.filename).parts for frame in callers)


def test_an_update_reads_nothing_that_the_device_waits_for(pipe_and_data, monkeypatch):
    """The losses are copied while the device continues."""
    monkeypatch.setattr(sequential, "ON_HOST", False)
    pipe, data = pipe_and_data
    pipe.update(data[:8])
    with OperatorCount(waits_elsewhere) as counted:
        losses = pipe.update(data[:8])
    assert counted.reads == 0
    assert all(type(value) is float for value in losses.values())
