"""Rows that share a line give the same vectors as alone, for each encoder."""

import copy
import gc
import weakref

import pytest
import torch
from small_encoders import TRANSFORMERS_5, small_model

from spacy_ita.encoder.fast_paths.packable_encoders import attention_mask, stack_of
from spacy_ita.encoder.model import first_position

LENGTHS = (5, 3)
# importing it takes a second
MODERNBERT = pytest.param("modernbert", marks=pytest.mark.slow)
OTHER: dict[str, dict] = {
    "distilbert": {"attn_implementation": "eager"},
    "bert": {"position_embedding_type": "relative_key"},
    "deberta-v2": {"conv_kernel_size": 3},
    "modernbert": {"attn_implementation": "eager"},
}


@pytest.mark.parametrize(
    "model_type",
    ["bert", "roberta", "xlm-roberta", "camembert", "electra", "ernie", "data2vec-text", "mpnet"]
    + [MODERNBERT, "deberta-v2", "distilbert"],
)
@torch.no_grad()
def test_rows_side_by_side(model_type):
    model = small_model(model_type)
    assert stack_of(model) is not None
    ids = torch.arange(10, 10 + sum(LENGTHS))
    row = torch.repeat_interleave(torch.arange(len(LENGTHS)), torch.tensor(LENGTHS))
    places = torch.cat([torch.arange(length) for length in LENGTHS]) + first_position(model)
    together = model(
        input_ids=ids[None],
        attention_mask=attention_mask(model, (row[:, None] == row)[None]),
        position_ids=places[None],
    ).last_hidden_state[0]
    other = small_model(model_type)
    for found, own in zip(together.split(LENGTHS), ids.split(LENGTHS), strict=True):
        alone = other(input_ids=own[None]).last_hidden_state[0]
        torch.testing.assert_close(found, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model_type", ["distilbert", "bert", "deberta-v2", MODERNBERT])
def test_other_encoders_are_left_as_they_are(model_type):
    model = small_model(model_type, **OTHER[model_type])
    if "position_embedding_type" in OTHER[model_type] and TRANSFORMERS_5:
        pytest.skip("transformers 5 has no relative positions for BERT")
    kinds = [type(module) for module in model.modules()]
    assert stack_of(model) is None
    assert [type(module) for module in model.modules()] == kinds


@pytest.mark.parametrize("model_type", ["bert", "mpnet", MODERNBERT, "deberta-v2", "distilbert"])
def test_what_is_known_of_an_encoder_keeps_none_in_memory(model_type):
    model = small_model(model_type)
    stack_of(model)
    alive = weakref.ref(model)
    copied = copy.deepcopy(model)
    assert type(stack_of(copied)) is type(stack_of(model))
    assert stack_of(copied) is not stack_of(model)
    del model
    gc.collect()
    assert alive() is None
