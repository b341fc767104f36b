"""Half precision: the type for each device, and weights that are cast once for use."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.model import encoder_shim
from spacy_ita.encoder.precision import half_dtype

VIEWS = [View(["jordan", "sings"], Context([["a man"]])), View(["paris"], NO_CONTEXT)]


@pytest.mark.parametrize(("native", "dtype"), [(True, torch.bfloat16), (False, torch.float16)])
def test_a_gpu_gets_what_it_multiplies(native, dtype, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
    assert half_dtype(torch.device("cuda")) is dtype
    assert half_dtype(torch.device("mps")) is None


@pytest.fixture
def encoder(bert_folder, monkeypatch):
    """An encoder in mixed precision that treats its CPU as a GPU."""
    model = build_context_encoder(str(bert_folder), mixed_precision=True)
    model.initialize()
    shim = encoder_shim(model)
    shim._half = torch.bfloat16
    monkeypatch.setattr("spacy_ita.encoder.holder.holds_half_weights", lambda device: True)
    return model


@pytest.fixture
def types(encoder, monkeypatch):
    """Types of the weights in each call."""
    found = []
    read = encoder_shim(encoder).read

    def seen(module, inputs):
        found.append(next(module.parameters()).dtype)
        return read(module, inputs)

    monkeypatch.setattr(encoder_shim(encoder), "read", seen)
    return found


def test_weights_in_use_are_cast_once(encoder, types):
    vectors = [encoder.predict(VIEWS).vectors for _ in range(3)]
    assert types == [torch.float32, torch.float16, torch.float16]
    assert all(found.dtype == torch.float32 for found in vectors)
    torch.testing.assert_close(vectors[1], vectors[0], atol=0.1, rtol=0.05)
    assert torch.equal(vectors[1], vectors[2])


def test_training_changes_what_is_used(encoder, types):
    before = [encoder.predict(VIEWS).vectors for _ in range(2)][-1]
    encoded, backprop = encoder.begin_update(VIEWS)
    assert types[-1] == torch.float32
    backprop(torch.ones_like(encoded.vectors))
    assert encoder_shim(encoder)._model.pooler.dense.weight.dtype == torch.float32
    encoder.finish_update(lambda key, weights, gradient: (weights - gradient, gradient))
    after = [encoder.predict(VIEWS).vectors for _ in range(2)][-1]
    assert types[-1] == torch.float16
    assert not torch.allclose(before, after, atol=0.05)


class ProductTypes(TorchDispatchMode):
    """Collects the types of the batched products, which are those of attention."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket is torch.ops.aten.bmm:
            self.found.add(args[0].dtype)
        return func(*args, **(kwargs or {}))


def test_attention_with_dropout_is_in_half_precision(bert_folder):
    drop = {"attention_probs_dropout_prob": 0.1}
    encoder = build_context_encoder(str(bert_folder), mixed_precision=True, transformer_config=drop)
    encoder.initialize()
    encoder_shim(encoder)._half = torch.bfloat16
    allowed = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed
    before = allowed()
    with ProductTypes() as products:
        encoded, backprop = encoder.begin_update(VIEWS)
        backprop(torch.ones_like(encoded.vectors))
    assert products.found == {torch.bfloat16}
    assert allowed() == before


def test_other_weights_are_used_at_once(encoder, types):
    shim = encoder_shim(encoder)
    own = [encoder.predict(VIEWS).vectors for _ in range(2)][-1]
    zeros = {
        (shim.id, name): torch.zeros_like(values) for name, values in shim._model.named_parameters()
    }
    with encoder.use_params(zeros):
        assert not encoder.predict(VIEWS).vectors.any()
    assert types[-1] == torch.float32
    again = [encoder.predict(VIEWS).vectors for _ in range(2)][-1]
    assert torch.equal(own, again)


def test_other_weights_are_used_no_longer_than_asked(encoder, types):
    expected = [encoder.predict(VIEWS).vectors for _ in range(2)][-1]
    shim = encoder_shim(encoder)
    others = {
        (shim.id, name): torch.zeros_like(weights)
        for name, weights in shim._model.named_parameters()
    }
    with pytest.raises(KeyError), encoder.use_params(others):
        for _ in range(2):
            assert not torch.equal(encoder.predict(VIEWS).vectors, expected)
        raise KeyError
    assert torch.equal([encoder.predict(VIEWS).vectors for _ in range(2)][-1], expected)
