"""A batch of rows as the encoder's input, one to a line or packed."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .pieces import Row

Inputs = dict[str, Tensor]

Lines = list[list[Row]]
"""The rows of each line of a batch, side by side."""


def pad(lines: Lines, tokenizer: Any, first_position: int, device: torch.device) -> Inputs:
    """The lines as the encoder's input, (B, T).

    first_position: what the encoder counts a row's positions from. Where rows share a line, the
    attention mask is (B, T, T): each row attends to itself alone, and counts its own positions.
    """
    ids = _padded(([i for row in line for i in row.ids] for line in lines), tokenizer.pad_token_id)
    # 1 for the pieces of a line's first row, 2 for those of the second; 0 for padding
    rows = _padded([n for n, row in enumerate(line, 1) for _ in row.ids] for line in lines)
    inputs = {"input_ids": ids, "attention_mask": rows}
    if max(map(len, lines)) > 1:
        inputs["attention_mask"] = (rows[:, :, None] == rows[:, None, :]).long()
        inputs["position_ids"] = _padded(
            [first_position + n for row in line for n in range(len(row.ids))] for line in lines
        )
    if "token_type_ids" in tokenizer.model_input_names:
        inputs["token_type_ids"] = _padded([t for row in line for t in row.types] for line in lines)
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def word_positions(lines: Lines, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where each line's words stand, (B, S), and which of these are no padding, (B, S)."""
    places: list[list[int]] = []
    for line in lines:
        places.append([])
        start = 0
        for row in line:
            places[-1] += [start + position for position in row.positions]
            start += len(row.ids)
    lengths = torch.tensor([len(found) for found in places])
    positions = _padded(places)
    real = torch.arange(positions.shape[1]) < lengths[:, None]
    return positions.to(device), real.to(device)


def _padded(values: Iterable[list[int]], filling: int = 0) -> Tensor:
    return pad_sequence(
        [torch.tensor(line) for line in values], batch_first=True, padding_value=filling
    )
