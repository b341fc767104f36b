"""Encoders whose rows share a line: each row gives what it gives alone."""

import pytest
import torch
from transformers import AutoConfig, AutoModel

from spacy_ita.encoder.layers import stack_of
from spacy_ita.encoder.model import first_position

LENGTHS = (5, 3)


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


@pytest.mark.parametrize(
    "model_type",
    ["bert", "roberta", "xlm-roberta", "camembert", "electra", "ernie", "data2vec-text", "mpnet"],
)
@torch.no_grad()
def test_rows_side_by_side(model_type):
    model = make(model_type)
    assert stack_of(model) is not None
    ids = torch.arange(10, 10 + sum(LENGTHS))
    row = torch.repeat_interleave(torch.arange(len(LENGTHS)), torch.tensor(LENGTHS))
    places = torch.cat([torch.arange(length) for length in LENGTHS]) + first_position(model)
    together = model(
        input_ids=ids[None],
        attention_mask=(row[:, None] == row)[None],
        position_ids=places[None],
    ).last_hidden_state[0]
    for found, own in zip(together.split(LENGTHS), ids.split(LENGTHS), strict=True):
        alone = model(input_ids=own[None]).last_hidden_state[0]
        torch.testing.assert_close(found, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model_type", ["distilbert", "deberta-v2", "bert"])
def test_other_encoders_are_left_as_they_are(model_type):
    settings = {"position_embedding_type": "relative_key"} if model_type == "bert" else {}
    assert stack_of(make(model_type, **settings)) is None
