"""Rows that share a line give the same vectors and gradients as alone."""

import pytest
import torch

from benchmarks.parts.operator_count import OperatorCount
from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View
from spacy_ita.encoder.batches.call_size import GPU_CALL_COST, GPU_SUBWORDS, CallSize
from spacy_ita.encoder.batches.plan import plan
from spacy_ita.encoder.model import encoder_shim

CONTEXT = Context([["a man sings", "on the stage"], ["person microphone"]])
WORDS = ["i", "love", "london", "and", "paris", "tonight"]
VIEWS = [View(WORDS[:n], context) for n in (1, 6, 3, 2) for context in (NO_CONTEXT, CONTEXT)]
REAL = torch.arange(len(WORDS)) < torch.tensor([[len(view.words)] for view in VIEWS])


@pytest.fixture
def calls(encoder):
    """Number of dimensions of the attention mask in each call of the encoder."""
    seen = []
    encoder_shim(encoder)._model.register_forward_hook(
        lambda module, args, kwargs, output: seen.append(kwargs["attention_mask"].dim()),
        with_kwargs=True,
    )
    return seen


@pytest.fixture
def unpack(monkeypatch):
    """Let the encoder read one row in each line from now on."""
    return lambda: monkeypatch.setattr(
        "spacy_ita.encoder.model.plan",
        lambda lengths, size, packing: plan(lengths, size, packing=False),
    )


def gradients(model, weights):
    module = encoder_shim(model)._model
    module.zero_grad()
    encoded, backprop = model.begin_update(VIEWS)
    backprop(weights.to(encoded.vectors.device))
    found = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    return encoded.vectors[REAL], found


def test_same_vectors(encoder, calls, unpack):
    together = encoder.predict(VIEWS)
    assert max(calls) > 2, "nothing was packed"
    unpack()
    alone = encoder.predict(VIEWS)
    assert together.lengths.tolist() == alone.lengths.tolist()
    torch.testing.assert_close(together.vectors[REAL], alone.vectors[REAL], atol=1e-5, rtol=1e-4)


def test_same_gradients(encoder, calls, unpack):
    weights = torch.randn(len(VIEWS), len(WORDS), 32) * REAL[..., None]
    vectors, packed = gradients(encoder, weights)
    assert max(calls) > 2, "nothing was packed"
    unpack()
    expected, alone = gradients(encoder, weights)
    torch.testing.assert_close(vectors, expected, atol=1e-5, rtol=1e-4)
    assert packed.keys() == alone.keys()
    for name, gradient in packed.items():
        torch.testing.assert_close(gradient, alone[name], atol=1e-4, rtol=1e-3, msg=name)


def test_calls_on_a_gpu_wait_for_nothing(encoder, calls, monkeypatch):
    """One more call costs as much as the padding, and its mask needs no wait for the device."""
    expected = encoder.predict(VIEWS).vectors
    calls.clear()
    monkeypatch.setattr(CallSize, "on", lambda *_: CallSize(GPU_SUBWORDS, GPU_CALL_COST))
    encoder.attrs.pop("call_size")
    found = encoder.predict(VIEWS).vectors
    assert len(calls) == 1 and calls[0] > 2
    torch.testing.assert_close(found[REAL], expected[REAL], atol=1e-5, rtol=1e-4)
    with OperatorCount() as counted:
        encoder.predict([View(WORDS, NO_CONTEXT)])
    assert len(calls) == 2 and calls[1] > 2
    assert not counted.reads
