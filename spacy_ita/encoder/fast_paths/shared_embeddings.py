"""One lookup in the table of embeddings for all batches of an update.

Every lookup has a gradient as large as the whole table.
"""

from inspect import signature

import torch
from torch import nn

from ..batches.layout import Inputs
from .per_module import once_per_module


@once_per_module
def takes_embeddings(encoder: nn.Module) -> bool:
    """Whether the encoder takes embeddings in place of ids."""
    return "inputs_embeds" in signature(encoder.forward).parameters


def look_up_once(encoder: nn.Module, batches: list[Inputs]) -> None:
    """Replace the ids of each batch, (B, T), with their embeddings, (B, T, H)."""
    ids = [inputs.pop("input_ids") for inputs in batches]
    table = encoder.get_input_embeddings()  # type: ignore[operator]
    with torch.enable_grad():
        vectors = table(torch.cat([batch.flatten() for batch in ids]))
    parts = vectors.split([batch.numel() for batch in ids])
    for inputs, batch, part in zip(batches, ids, parts, strict=True):
        inputs["inputs_embeds"] = part.view(*batch.shape, -1)
