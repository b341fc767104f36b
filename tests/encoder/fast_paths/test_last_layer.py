"""Computed for the words alone, the last layer gives the same as the whole layer."""

from threading import Thread

import pytest
import torch
from small_encoders import TRANSFORMERS_5, small_model

from spacy_ita.encoder.fast_paths.last_layer import gives_words, words_alone
from spacy_ita.encoder.fast_paths.word_positions import vectors_at

POSITIONS = torch.tensor([[1, 2, 5], [3, 0, 0]])
MASKS = {"padded": torch.tensor([[1] * 8, [1] * 4 + [0] * 4]), "full": torch.ones(2, 8).long()}


def read(model, mask, positions=None):
    ids = torch.arange(10, 26).view(2, 8)
    if positions is None:
        return model(input_ids=ids, attention_mask=mask).last_hidden_state
    with words_alone(model, positions) as of_words:
        return of_words(model(input_ids=ids, attention_mask=mask).last_hidden_state)


# importing ModernBERT takes a second
MODERNBERT = pytest.param("modernbert", marks=pytest.mark.slow)
ADAPTED = ["mpnet", MODERNBERT, "deberta-v2", "distilbert"]
BERT_KIN = ["bert", "roberta", "xlm-roberta", "camembert", "electra", "ernie", "data2vec-text"]
EAGER = {"deberta", "deberta-v2", "mpnet", "electra", "ernie", "data2vec-text"}


@pytest.mark.parametrize(
    "model_type",
    [
        *BERT_KIN,
        *("mpnet", "distilbert", "deberta-v2"),
        MODERNBERT,
        pytest.param("deberta", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_same_vectors_and_gradients(model_type, attention, mask):
    if model_type in EAGER and attention == "sdpa":
        pytest.skip("transformers has no such attention for it")
    model = small_model(model_type, attn_implementation=attention)
    gives_words(model)
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


@pytest.mark.parametrize("model_type", [*BERT_KIN, *ADAPTED])
def test_nothing_else_is_computed(model_type):
    model = small_model(model_type)
    seen = []
    assert gives_words(model)
    if model_type == "modernbert":
        layer = model.layers[-1].mlp
    elif model_type == "distilbert":
        layer = model.transformer.layer[-1].ffn
    else:
        layer = model.encoder.layer[-1].output
    layer.register_forward_hook(lambda module, args, output: seen.append(output.shape))
    read(model, MASKS["padded"], POSITIONS)
    assert seen == [(2, 3, 32)]


@pytest.mark.parametrize(
    "settings", [{"position_embedding_type": "relative_key"}, {"is_decoder": True}]
)
def test_attention_that_tells_places_is_left_whole(settings):
    model = small_model("bert", **settings)
    if "position_embedding_type" in settings and TRANSFORMERS_5:
        pytest.skip("transformers 5 has no relative positions for BERT")
    assert not gives_words(model)
    whole = vectors_at(read(model, MASKS["padded"]), POSITIONS)
    torch.testing.assert_close(read(model, MASKS["padded"], POSITIONS), whole)


def test_recomputed_layer_is_left_whole():
    model = small_model("bert").train()
    assert gives_words(model)
    model.gradient_checkpointing_enable()
    assert not gives_words(model)


@pytest.mark.parametrize("model_type", ["bert", *ADAPTED])
def test_an_encoder_that_returns_all_layers_is_left_whole(model_type):
    model = small_model(model_type, output_hidden_states=True)
    whole = vectors_at(read(model, MASKS["padded"]), POSITIONS)
    torch.testing.assert_close(read(model, MASKS["padded"], POSITIONS), whole)


def test_another_thread_reads_the_whole():
    model, found = small_model("bert"), []
    with words_alone(model, POSITIONS):
        thread = Thread(target=lambda: found.append(read(model, MASKS["full"]).shape))
        thread.start()
        thread.join()
    assert found == [(2, 8, 32)]


@pytest.mark.slow
def test_a_last_layer_of_global_attention():
    model = small_model("modernbert", global_attn_every_n_layers=1)
    assert gives_words(model)
    whole = vectors_at(read(model, MASKS["padded"]), POSITIONS)
    alone = read(model, MASKS["padded"], POSITIONS)
    torch.testing.assert_close(alone, whole, atol=1e-5, rtol=1e-5)
