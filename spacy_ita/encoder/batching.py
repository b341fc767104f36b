"""Rows of like length together, so that little padding is computed, as the encoder's input."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .pieces import Row

Inputs = dict[str, Tensor]

# What a further call of the encoder costs, in pieces: below it, padding is the cheaper.
CALL_COST = 64


def batch_by_pieces(lengths: Sequence[int], max_pieces: int) -> list[list[int]]:
    """The rows' indices in batches of at most `max_pieces`, padding included, shortest first.

    A batch ends where the padding that a longer row would bring costs more than a new call.
    A row longer than `max_pieces` is a batch of its own.
    """
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches:
            batch = batches[-1]
            padding = (lengths[i] - lengths[batch[-1]]) * len(batch)
            if padding <= CALL_COST and lengths[i] * (len(batch) + 1) <= max_pieces:
                batch.append(i)
                continue
        batches.append([i])
    return batches


def pad(rows: list[Row], tokenizer: Any, device: torch.device) -> Inputs:
    """The rows as the encoder's input, (B, T)."""
    ids = pad_sequence(
        [torch.tensor(row.ids) for row in rows],
        batch_first=True,
        padding_value=tokenizer.pad_token_id,
    )
    lengths = torch.tensor([len(row.ids) for row in rows])
    inputs = {
        "input_ids": ids,
        "attention_mask": (torch.arange(ids.shape[1]) < lengths[:, None]).long(),
    }
    if "token_type_ids" in tokenizer.model_input_names:
        types = [torch.tensor(row.types) for row in rows]
        inputs["token_type_ids"] = pad_sequence(types, batch_first=True)
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def word_positions(rows: list[Row], device: torch.device) -> tuple[Tensor, Tensor]:
    """Where each row's words stand, (B, S), and which of these are no padding, (B, S)."""
    positions = pad_sequence([torch.tensor(row.positions) for row in rows], batch_first=True)
    lengths = torch.tensor([len(row.positions) for row in rows])
    real = torch.arange(positions.shape[1]) < lengths[:, None]
    return positions.to(device), real.to(device)
