"""MPNet with fused attention gives the same as that of transformers."""

import copy

import pytest
import torch
from sizes import SIZES
from transformers import AutoTokenizer, MPNetConfig, MPNetModel

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.fast_paths.mpnet import FusedMPNetEncoder
from spacy_ita.encoder.fast_paths.packable_encoders import stack_of

CONTEXT = Context([["a man sings", "on the stage"], ["person microphone"]])
WORDS = ["i", "love", "london", "and", "paris", "tonight"]
VIEWS = [View(WORDS[:n], context) for n in (1, 6, 3, 2) for context in (NO_CONTEXT, CONTEXT)]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return MPNetModel(MPNetConfig(vocab_size=50, max_position_embeddings=66, **SIZES)).eval()


@pytest.fixture
def folder(bert_folder, tmp_path):
    """A small MPNet with BERT's vocabulary, as the published one has."""
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    tokenizer.save_pretrained(tmp_path)
    torch.manual_seed(0)
    config = MPNetConfig(vocab_size=len(tokenizer), max_position_embeddings=66, **SIZES)
    MPNetModel(config).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("settings", [{}, {"output_attentions": True}, {"head_mask": True}])
def test_same_vectors_and_gradients(model, settings):
    ids = torch.arange(10, 26).view(2, 8)
    mask = torch.tensor([[1] * 8, [1] * 4 + [0] * 4])
    if "head_mask" in settings:
        settings = {"head_mask": torch.tensor([1.0, 0.0])}
    own = copy.deepcopy(model)
    assert isinstance(stack_of(model), FusedMPNetEncoder)
    found, expected = (m(input_ids=ids, attention_mask=mask, **settings) for m in (model, own))
    torch.testing.assert_close(found.last_hidden_state, expected.last_hidden_state)
    assert (found.attentions is None) == (expected.attentions is None)
    for output in (found, expected):
        output.last_hidden_state.cos().sum().backward()
    for (name, ours), theirs in zip(model.named_parameters(), own.parameters(), strict=True):
        if theirs.grad is not None:
            torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-4, rtol=1e-3, msg=name)


def test_weights_are_the_same(model):
    names = model.state_dict().keys()
    stack_of(model)
    assert model.state_dict().keys() == names
    assert isinstance(stack_of(copy.deepcopy(model)), FusedMPNetEncoder)


def test_rows_share_lines(folder):
    model = build_context_encoder(str(folder))
    model.initialize()
    masks = []
    model.shims[0]._model.register_forward_hook(
        lambda module, args, kwargs, output: masks.append(kwargs["attention_mask"].dim()),
        with_kwargs=True,
    )
    together = model.predict(VIEWS).vectors
    assert max(masks) > 2, "nothing was packed"
    for row, view in enumerate(VIEWS):
        alone = model.predict([view]).vectors[0]
        torch.testing.assert_close(together[row, : len(view.words)], alone, atol=1e-5, rtol=1e-4)
    loaded = build_context_encoder("nowhere").from_bytes(model.to_bytes())
    torch.testing.assert_close(loaded.predict(VIEWS).vectors, together)
