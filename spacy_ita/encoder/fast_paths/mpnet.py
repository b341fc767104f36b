"""MPNet's layers with torch's fused attention; the last one can read for the words alone."""

from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from .attention import Projections
from .word_positions import mask_of_words, vectors_at, word_positions


class FusedMPNetEncoder(MPNetEncoder):
    """Replaces `MPNetEncoder`: same weights and vectors.

    The original adds relative positions, expanded over the batch, to the scores of each layer.
    """

    buckets: Tensor

    @classmethod
    def take(cls, stack: MPNetEncoder) -> MPNetEncoder:
        """Turn a stack into an instance of this class, and return it."""
        stack.__class__ = cls
        places = torch.arange(stack.config.max_position_embeddings)
        buckets = cls.relative_position_bucket(places[None] - places[:, None])
        device = stack.relative_attention_bias.weight.device
        stack.register_buffer("buckets", buckets.to(device), persistent=False)
        return stack

    def forward(  # type: ignore[override]  # versions differ
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, **kwargs: Any
    ) -> Any:
        """Return the last layer's vectors, (B, T, H), or (B, S, H) within `words_alone`."""
        heads = kwargs.get("head_mask")
        masked = heads is not None and any(mask is not None for mask in heads)
        asked = kwargs.get("output_attentions") or kwargs.get("output_hidden_states")
        if asked or masked:
            return super().forward(hidden_states, attention_mask, **kwargs)
        length, device = hidden_states.shape[1], hidden_states.device.type
        bias = self.relative_attention_bias(self.buckets[:length, :length])
        mask = bias.permute(2, 0, 1)[None]
        if attention_mask is not None:
            mask = mask + attention_mask
        # once, and not in each layer
        if torch.is_autocast_enabled(device):
            mask = mask.to(torch.get_autocast_dtype(device))
        *layers, last = self.layer
        for layer in layers:
            hidden_states = _read(layer, hidden_states, hidden_states, mask)
        queries, positions = hidden_states, word_positions()
        if positions is not None:
            queries = vectors_at(hidden_states, positions)
            mask = mask_of_words(mask.expand(len(queries), -1, -1, -1), positions)
        hidden_states = _read(last, queries, hidden_states, mask)
        read: Any = hidden_states
        return BaseModelOutput(read) if kwargs.get("return_dict") else (read,)


def _read(layer: Any, queries: Tensor, hidden: Tensor, mask: Tensor) -> Tensor:
    """Return a layer's vectors at the queries, (B, S, H), which attend to all of (B, T, H)."""
    attention, own = layer.attention, layer.attention.attn
    projections = Projections(own.q, own.k, own.v, own.attention_head_size)
    found = own.o(projections.attend(queries, hidden, mask, own.dropout.p if own.training else 0.0))
    queries = attention.LayerNorm(attention.dropout(found) + queries)
    output: Tensor = layer.output(layer.intermediate(queries), queries)
    return output
