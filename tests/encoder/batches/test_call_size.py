"""The size of the encoder's calls: by device, and smaller if memory runs out."""

import warnings

import pytest
import torch

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.batches.call_size import CPU_SUBWORDS, GPU_SUBWORDS, LEAST_SUBWORDS, CallSize
from spacy_ita.encoder.model import call_size, encoder_shim

WORDS = ["i", "love", "london", "and", "paris", "tonight"]
VIEWS = [View(WORDS[:n], Context([["a man sings"]] * (n % 3))) for n in range(1, 7)] * 4


@pytest.fixture
def encoder(bert_folder):
    model = build_context_encoder(str(bert_folder))
    model.initialize()
    return model


@pytest.fixture
def memory(encoder, monkeypatch):
    """A function that limits the subwords that fit into memory, and lists those of each call."""
    shim, taken = encoder_shim(encoder), []
    read = shim.read

    def limit(subwords):
        def within(module, inputs):
            mask = inputs["attention_mask"]
            taken.append(mask.shape[0] * mask.shape[-1])
            if taken[-1] > subwords:
                raise torch.OutOfMemoryError("CUDA out of memory.")
            return read(module, inputs)

        monkeypatch.setattr(shim, "read", within)
        return taken

    return limit


def gradients(encoder):
    torch.manual_seed(0)
    encoded, backprop = encoder.begin_update(VIEWS)
    backprop(encoded.vectors.detach().cos())
    return held(encoder)


def held(encoder):
    """Return the gradients of the weights."""
    parameters = encoder_shim(encoder)._model.named_parameters()
    return {name: p.grad.clone() for name, p in parameters if p.grad is not None}


def test_the_device_decides(monkeypatch):
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert CallSize.on(cpu, 384, None).subwords == CPU_SUBWORDS
    assert CallSize.on(torch.device("mps"), 384, None).subwords == GPU_SUBWORDS
    assert CallSize.on(cuda, 384, 77).subwords == CallSize.on(cpu, 384, 77).subwords == 77
    for gigabytes, found in ((80, GPU_SUBWORDS), (2, 5242), (0.1, CPU_SUBWORDS)):
        free = int(gigabytes * 2**30)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, free))
        assert CallSize.on(cuda, 1024, None).subwords == found


@pytest.mark.cpu
def test_a_changed_setting_counts(bert_folder):
    model = build_context_encoder(str(bert_folder), max_batch_pieces=50)
    model.initialize()
    assert call_size(model).subwords == 50
    model.attrs["limits"] = build_context_encoder("other").attrs["limits"]
    assert call_size(model).subwords == CPU_SUBWORDS


def test_reading_halves_its_calls_until_they_fit(encoder, memory):
    expected = encoder.predict(VIEWS).vectors
    taken = memory(150)
    with pytest.warns(UserWarning, match="max_batch_pieces = 128") as told:
        found = encoder.predict(VIEWS).vectors
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert len(told) == 1
    taken.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.predict(VIEWS)
    assert max(taken) <= 128, "what fits is remembered"


@pytest.mark.cpu
def test_training_halves_its_calls_and_keeps_no_activations(encoder, memory):
    expected = gradients(encoder)
    encoder_shim(encoder)._model.zero_grad()
    taken = memory(150)
    with pytest.warns(UserWarning, match="don't fit into memory"):
        found = gradients(encoder)
    fitting = [subwords for subwords in taken if subwords <= 150]
    assert len(fitting) % 2 == 0 and fitting[: len(fitting) // 2] == sorted(
        fitting[len(fitting) // 2 :]
    ), "each call is read once more for its gradient"
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-5, rtol=1e-3, msg=name)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_gradients_that_do_not_fit_are_tried_again(encoder, monkeypatch, error):
    gradients(encoder)
    # the gradients of an earlier part of the batch stay
    expected = {name: 2 * gradient for name, gradient in held(encoder).items()}
    backward, fails = torch.autograd.backward, [True]

    def failing(*args):
        backward(*args)
        if fails:
            fails.pop()
            raise error

    monkeypatch.setattr(torch.autograd, "backward", failing)
    with pytest.warns(UserWarning, match="don't fit into memory"):
        found = gradients(encoder)
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-5, rtol=1e-3, msg=name)


def test_what_never_fits_is_an_error(encoder, memory):
    memory(1)
    with pytest.raises(torch.OutOfMemoryError):
        encoder.predict([View(["jordan"], NO_CONTEXT)])
    assert call_size(encoder).subwords <= LEAST_SUBWORDS
