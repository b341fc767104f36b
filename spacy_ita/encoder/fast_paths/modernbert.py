"""ModernBERT with rows that share a line, and a last layer that can read for words alone."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention
from transformers.models.modernbert.modeling_modernbert import (
    ModernBertEncoderLayer,
    ModernBertModel,
    apply_rotary_pos_emb,
)

from .word_positions import mask_of_words, vectors_at, word_positions


class PackedModernBertModel(ModernBertModel):
    """Takes the place of `ModernBertModel`, with torch's attention: the same weights and vectors.

    Neighbours in a row are neighbours in a line that rows share, so that local attention needs
    the mask alone.
    """

    def _update_attention_mask(self, attention_mask: Tensor, output_attentions: bool) -> Any:
        """Return what is added to global and to local scores. attention_mask: (B, [1 or T,] T)."""
        seen = attention_mask.bool()
        seen = seen[:, None] if seen.dim() == 3 else seen[:, None, None]
        places = torch.arange(seen.shape[-1], device=seen.device)
        near = (places[:, None] - places).abs() <= self.config.local_attention // 2
        least = torch.finfo(self.dtype).min
        zeros = torch.zeros((), dtype=self.dtype, device=seen.device)
        return zeros.where(seen, least), zeros.where(seen & near, least)


class LastModernBertLayer(ModernBertEncoderLayer):
    """Reads for the words alone where it is asked to."""

    @classmethod
    def take(cls, model: ModernBertModel) -> ModernBertEncoderLayer:
        """Turn a model into a `PackedModernBertModel`; return its last layer, one of this class."""
        last: Any = model.layers[-1]
        model.__class__, last.__class__ = PackedModernBertModel, cls
        return last

    @property
    def gives_words(self) -> bool:
        """Whether it can be asked for words: not where it is recomputed, without their places."""
        return not (getattr(self, "gradient_checkpointing", False) and self.training)

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Any = None,
        sliding_window_mask: Any = None,
        position_ids: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Return the vectors, (B, T, H), or (B, S, H) within `words_alone`."""
        positions = word_positions()
        if positions is None:
            return super().forward(
                hidden_states, attention_mask, sliding_window_mask, position_ids, *args, **kwargs
            )
        attention = self.attn
        local = attention.local_attention != (-1, -1)
        mask: Any = sliding_window_mask if local else attention_mask
        normed = self.attn_norm(hidden_states)
        width = attention.all_head_size
        weight, bias = attention.Wqkv.weight, attention.Wqkv.bias

        def project(vectors: Tensor, start: int, end: int) -> list[Tensor]:
            rows = slice(start * width, end * width)
            found = linear(vectors, weight[rows], None if bias is None else bias[rows])
            heads = found.unflatten(-1, (end - start, attention.num_heads, -1))
            return list(heads.transpose(1, 3).unbind(2))

        (query,) = project(vectors_at(normed, positions), 0, 1)
        key, value = project(normed, 1, 3)
        cos, sin = attention.rotary_emb(key, position_ids=position_ids)
        every = cos.expand(len(positions), -1, -1), sin.expand(len(positions), -1, -1)
        query, _ = apply_rotary_pos_emb(query, query, *(vectors_at(a, positions) for a in every))
        key, _ = apply_rotary_pos_emb(key, key, cos, sin)
        found = scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=mask_of_words(mask, positions),
            dropout_p=attention.attention_dropout if attention.training else 0.0,
        )
        found = attention.out_drop(attention.Wo(found.transpose(1, 2).flatten(2)))
        words = vectors_at(hidden_states, positions) + found
        return (words + self.mlp(self.mlp_norm(words)),)
