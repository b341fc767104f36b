"""The last layer for the words alone gives what the whole layer gives there."""

from threading import Thread

import pytest
import torch
from transformers import AutoConfig, AutoModel

from spacy_ita.encoder.last_layer import gives_words, last_attention, words_alone
from spacy_ita.encoder.words import vectors_at

POSITIONS = torch.tensor([[1, 2, 5], [3, 0, 0]])
MASKS = {"padded": torch.tensor([[1] * 8, [1] * 4 + [0] * 4]), "full": torch.ones(2, 8).long()}


def make(model_type, **settings):
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        model_type,
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.3,
        **settings,
    )
    return AutoModel.from_config(config).eval()


def read(model, mask, positions=None):
    ids = torch.arange(10, 26).view(2, 8)
    if positions is None:
        return model(input_ids=ids, attention_mask=mask).last_hidden_state
    with words_alone(model, positions) as of_words:
        return of_words(model(input_ids=ids, attention_mask=mask).last_hidden_state)


BERT_KIN = ["bert", "roberta", "xlm-roberta", "camembert", "electra", "ernie", "data2vec-text"]
EAGER = {"deberta", "mpnet", "electra", "ernie", "data2vec-text"}


@pytest.mark.parametrize("model_type", [*BERT_KIN, "mpnet", "deberta"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_same_vectors_and_gradients(model_type, attention, mask):
    if model_type in EAGER and attention == "sdpa":
        pytest.skip("transformers has no such attention for it")
    model = make(model_type, attn_implementation=attention)
    whole = vectors_at(read(model, mask), POSITIONS)
    alone = read(model, mask, POSITIONS)
    torch.testing.assert_close(alone, whole, atol=1e-5, rtol=1e-5)
    weights = torch.randn(whole.shape)
    parameters = [p for name, p in model.named_parameters() if "pooler" not in name]
    for ours, theirs in zip(
        *(torch.autograd.grad((found * weights).sum(), parameters) for found in (alone, whole)),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert read(model, mask).shape == (2, 8, 32), "after it, the encoder is as it was"


@pytest.mark.parametrize("model_type", [*BERT_KIN, "mpnet"])
def test_nothing_else_is_computed(model_type):
    model = make(model_type)
    seen = []
    assert gives_words(model)
    model.encoder.layer[-1].output.register_forward_hook(
        lambda module, args, output: seen.append(output.shape)
    )
    read(model, MASKS["padded"], POSITIONS)
    assert seen == [(2, 3, 32)]


@pytest.mark.parametrize(
    "settings", [{"position_embedding_type": "relative_key"}, {"is_decoder": True}]
)
def test_attention_that_tells_places_is_left_whole(settings):
    model = make("bert", **settings)
    assert last_attention(model) is None
    whole = vectors_at(read(model, MASKS["padded"]), POSITIONS)
    torch.testing.assert_close(read(model, MASKS["padded"], POSITIONS), whole)


def test_recomputed_layer_is_left_whole():
    model = make("bert").train()
    assert last_attention(model) is not None
    model.gradient_checkpointing_enable()
    assert last_attention(model) is None


def test_another_thread_reads_the_whole():
    model, found = make("bert"), []
    with words_alone(model, POSITIONS):
        thread = Thread(target=lambda: found.append(read(model, MASKS["full"]).shape))
        thread.start()
        thread.join()
    assert found == [(2, 8, 32)]
