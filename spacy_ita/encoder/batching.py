"""Rows of like length together, so that little padding is computed, as the encoder's input."""

from collections.abc import Sequence
from math import ceil
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

    Of all ways to cut the rows, sorted by length, the one that costs least: what is computed,
    padding included, and the calls. A row longer than `max_pieces` is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    ranked = [lengths[i] for i in order]
    ends = [i for i in range(1, len(ranked) + 1) if ranked[i - 1 : i] != ranked[i : i + 1]]
    costs, starts = {0: 0}, {}
    for end in ends:
        costs[end], starts[end] = min(
            (cost + ranked[end - 1] * (end - start) + CALL_COST, start)
            for start, cost in costs.items()
        )
    batches: list[list[int]] = []
    end = len(order)
    while end:
        start = starts[end]
        calls = ceil((end - start) / max(1, max_pieces // ranked[end - 1]))
        size = ceil((end - start) / calls)
        batches = [order[i : min(i + size, end)] for i in range(start, end, size)] + batches
        end = start
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
