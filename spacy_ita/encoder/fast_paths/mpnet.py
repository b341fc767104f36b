"""MPNet's layers with torch's fused attention; the last one can read for the words alone."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from .word_positions import mask_of_words, vectors_at, word_positions


class FusedMPNetEncoder(MPNetEncoder):
    """Takes the place of `MPNetEncoder`: the same weights and vectors.

    The original adds its relative positions, spread over the batch, to the scores of each layer.
    """

    gives_words = True
    buckets: Tensor

    @classmethod
    def take(cls, stack: MPNetEncoder) -> MPNetEncoder:
        """Turn a stack into one of this class, and return it."""
        stack.__class__ = cls
        places = torch.arange(stack.config.max_position_embeddings)
        buckets = cls.relative_position_bucket(places[None] - places[:, None])
        device = stack.relative_attention_bias.weight.device
        stack.register_buffer("buckets", buckets.to(device), persistent=False)
        return stack

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        head_mask: Any = None,
        output_attentions: bool = False,
        output_hidden_states: bool = False,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the last layer's vectors, (B, T, H), or (B, S, H) within `words_alone`."""
        heads_masked = head_mask is not None and any(mask is not None for mask in head_mask)
        if output_attentions or output_hidden_states or heads_masked or attention_mask is None:
            return super().forward(
                hidden_states,
                attention_mask,
                head_mask,
                output_attentions,
                output_hidden_states,
                return_dict,
                **kwargs,
            )
        length, device = hidden_states.shape[1], hidden_states.device.type
        bias = self.relative_attention_bias(self.buckets[:length, :length])
        mask = attention_mask + bias.permute(2, 0, 1)
        if torch.is_autocast_enabled(device):
            mask = mask.to(torch.get_autocast_dtype(device))
        *layers, last = self.layer
        for layer in layers:
            hidden_states = _read(layer, hidden_states, hidden_states, mask)
        queries, positions = hidden_states, word_positions()
        if positions is not None:
            queries, mask = vectors_at(hidden_states, positions), mask_of_words(mask, positions)
        hidden_states = _read(last, queries, hidden_states, mask)
        read: Any = hidden_states
        return BaseModelOutput(read) if return_dict else (read,)


def _read(layer: Any, queries: Tensor, hidden: Tensor, mask: Tensor) -> Tensor:
    """Return a layer's vectors at the queries, (B, S, H), which attend to all of (B, T, H)."""
    attention, own = layer.attention, layer.attention.attn
    found = scaled_dot_product_attention(
        own.transpose_for_scores(own.q(queries)),
        own.transpose_for_scores(own.k(hidden)),
        own.transpose_for_scores(own.v(hidden)),
        attn_mask=mask,
        dropout_p=own.dropout.p if own.training else 0.0,
    )
    found = own.o(found.transpose(1, 2).flatten(2))
    queries = attention.LayerNorm(attention.dropout(found) + queries)
    return layer.output(layer.intermediate(queries), queries)
