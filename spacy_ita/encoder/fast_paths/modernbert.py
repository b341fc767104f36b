"""ModernBERT with rows that share a line, and a last layer that can read for words alone."""

from inspect import signature
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

# transformers 5 computes masks and rotations once, and passes them to each layer
TAKES_ROTATIONS = "position_embeddings" in signature(ModernBertEncoderLayer.forward).parameters


class PackedModernBertModel(ModernBertModel):
    """Replaces `ModernBertModel` with torch's attention: same weights and vectors.

    Neighbours in a row are neighbours in a shared line, so local attention needs only the mask.
    """

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """Encode lines.

        Args:
            input_ids: Subwords, (B, T).
            attention_mask: The mask, (B, T), (B, 1 or T, T) or (B, 1, 1 or T, T).
            position_ids: Positions, (B, T).
            inputs_embeds: Word embeddings in place of subwords, (B, T, H).
            kwargs: Further arguments of the model.

        Returns:
            The output with the vectors, (B, T, H).
        """
        masks: Any = attention_mask
        if TAKES_ROTATIONS and attention_mask is not None:
            dtype = next(self.parameters()).dtype
            whole, near = self._masks(attention_mask, dtype)
            masks = {"full_attention": whole, "sliding_attention": near}
        return super().forward(
            input_ids=input_ids,
            attention_mask=masks,
            position_ids=position_ids,
            inputs_embeds=inputs_embeds,
            **kwargs,
        )

    def _update_attention_mask(self, attention_mask: Tensor, output_attentions: bool) -> Any:
        # called by transformers 4
        return self._masks(attention_mask, self.dtype)

    def _masks(self, attention_mask: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return the addends to global and to local scores."""
        seen = attention_mask.bool()
        if seen.dim() < 4:
            seen = seen[:, None] if seen.dim() == 3 else seen[:, None, None]
        places = torch.arange(seen.shape[-1], device=seen.device)
        near = (places[:, None] - places).abs() <= self.config.local_attention // 2
        least = torch.finfo(dtype).min
        zeros = torch.zeros((), dtype=dtype, device=seen.device)
        return zeros.where(seen, least), zeros.where(seen & near, least)


class LastModernBertLayer(ModernBertEncoderLayer):
    """Reads for the words alone where it is asked to."""

    @classmethod
    def take(cls, model: ModernBertModel) -> ModernBertEncoderLayer:
        """Turn a model into a `PackedModernBertModel`; return its last layer, one of this class."""
        last: Any = model.layers[-1]
        model.__class__, last.__class__ = PackedModernBertModel, cls
        return last

    def forward(self, hidden_states: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Return the vectors, (B, T, H), or (B, S, H) within `words_alone`."""
        positions = word_positions()
        if positions is None:
            return super().forward(hidden_states, *args, **kwargs)
        told = signature(super().forward).bind(hidden_states, *args, **kwargs).arguments
        mask, attention = told["attention_mask"], self.attn
        normed = self.attn_norm(hidden_states)
        if TAKES_ROTATIONS:
            cos, sin = told["position_embeddings"]
        else:
            if attention.local_attention != (-1, -1):
                mask = told["sliding_window_mask"]
            cos, sin = attention.rotary_emb(normed, position_ids=told["position_ids"])
        found = _attend(attention, normed, positions, mask, (cos, sin))
        words = vectors_at(hidden_states, positions) + found
        words = words + self.mlp(self.mlp_norm(words))
        return words if TAKES_ROTATIONS else (words,)


def _attend(
    attention: Any, hidden: Tensor, positions: Tensor, mask: Tensor, rotations: tuple[Tensor, ...]
) -> Tensor:
    """Compute attention for the words alone.

    Args:
        attention: The attention's module.
        hidden: Normalised vectors, (B, T, H).
        positions: Positions of the words, (B, S).
        mask: Addend to the scores, (B, 1, T or 1, T).
        rotations: Cosines and sines of all positions, (B or 1, T, D).

    Returns:
        The attention's output, (B, S, H).
    """
    weight, bias = attention.Wqkv.weight, attention.Wqkv.bias
    width = len(weight) // 3

    def project(vectors: Tensor, start: int, end: int) -> list[Tensor]:
        rows = slice(start * width, end * width)
        found = linear(vectors, weight[rows], None if bias is None else bias[rows])
        heads = found.unflatten(-1, (end - start, -1, attention.head_dim))
        return list(heads.transpose(1, 3).unbind(2))

    (query,) = project(vectors_at(hidden, positions), 0, 1)
    key, value = project(hidden, 1, 3)
    every = (values.expand(len(positions), -1, -1) for values in rotations)
    at_words = [vectors_at(values, positions) for values in every]
    query, _ = apply_rotary_pos_emb(query, query, *at_words)
    key, _ = apply_rotary_pos_emb(key, key, *rotations)
    mask = mask_of_words(mask, positions)
    found = scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=mask.to(query.dtype),
        dropout_p=attention.attention_dropout if attention.training else 0.0,
    )
    output: Tensor = attention.out_drop(attention.Wo(found.transpose(1, 2).flatten(2)))
    return output
