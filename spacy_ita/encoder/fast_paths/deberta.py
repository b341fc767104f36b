"""DeBERTa-v2 and -v3 with rows that share a line, and a last layer for the words alone."""

from typing import Any

import torch
from torch import Tensor
from transformers.models.deberta_v2.modeling_deberta_v2 import (
    DebertaV2Attention,
    DebertaV2Embeddings,
    DebertaV2Model,
    DisentangledSelfAttention,
)

from .attention import mask_of_heads
from .word_positions import mask_of_words, vectors_at, word_positions


class PackedDebertaV2Embeddings(DebertaV2Embeddings):
    """Replaces `DebertaV2Embeddings`: same weights, and same vectors of all but padding.

    The original zeroes padding by the mask, which must then be (B, T). The attention takes masks
    of both shapes.
    """

    def forward(
        self,
        input_ids: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        position_ids: Tensor | None = None,
        mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> Any:
        """Compute embeddings.

        Args:
            input_ids: Subwords, (B, T).
            token_type_ids: Token types, (B, T).
            position_ids: Positions, (B, T).
            mask: The attention mask, (B, T) or (B, 1 or T, T).
            inputs_embeds: Word embeddings in place of subwords, (B, T, H).

        Returns:
            The embeddings, (B, T, H).
        """
        if mask is not None and mask.dim() == 3:
            mask = None
        return super().forward(input_ids, token_type_ids, position_ids, mask, inputs_embeds)


class LastDebertaV2Attention(DebertaV2Attention):
    """Reads for the words alone where it is asked to: same weights and vectors."""

    @classmethod
    def take(cls, model: DebertaV2Model) -> DebertaV2Attention:
        """Adapt a model's embeddings; return its last attention, one of this class."""
        last: Any = model.encoder.layer[-1].attention
        last.__class__, last.self.__class__ = cls, WordAttention
        model.embeddings.__class__ = PackedDebertaV2Embeddings
        return last

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor, *args: Any, **kwargs: Any
    ) -> Any:
        """Return the vectors, (B, T, H), or (B, S, H) within `words_alone`; probabilities."""
        positions = word_positions()
        if positions is None:
            return super().forward(hidden_states, attention_mask, *args, **kwargs)
        relative = kwargs.pop("relative_pos")
        if relative is not None:
            relative = relative[0, positions]
        mask = mask_of_words(mask_of_heads(attention_mask), positions)
        kwargs |= {"query_states": vectors_at(hidden_states, positions), "relative_pos": relative}
        return super().forward(hidden_states, mask, *args, **kwargs)


class WordAttention(DisentangledSelfAttention):
    """Attention whose queries may be some of the vectors."""

    def disentangled_attention_bias(
        self,
        query_layer: Tensor,
        key_layer: Tensor,
        relative_pos: Tensor,
        rel_embeddings: Tensor,
        scale_factor: int,
    ) -> Tensor:
        """Compute the scores between contents and relative positions, (B * N, S, T).

        Args:
            query_layer: Queries, (B * N, S, D).
            key_layer: Keys, (B * N, T, D).
            relative_pos: Distances of each query from each key, (1 or B, S, T).
            rel_embeddings: Embeddings of the distances, (2 L, H).
            scale_factor: Number of kinds of scores that are added.
        """
        span, heads = self.pos_ebd_size, self.num_attention_heads
        places = (relative_pos + span).clamp(0, 2 * span - 1)
        places = places[:, None].expand(len(query_layer) // heads, heads, -1, -1).flatten(0, 1)
        embeddings = rel_embeddings[None, : 2 * span]
        shared = self.share_att_key
        scale = (query_layer.shape[-1] * scale_factor) ** 0.5

        def projected(project: Any) -> Tensor:
            found = self.transpose_for_scores(project(embeddings), heads) / scale
            return found.repeat(len(query_layer) // heads, 1, 1).transpose(1, 2)

        scores = torch.zeros((), device=query_layer.device, dtype=query_layer.dtype)
        if "c2p" in self.pos_att_type:
            keys = projected(self.key_proj if shared else self.pos_key_proj)
            scores = scores + (query_layer @ keys).gather(2, places)
        if "p2c" in self.pos_att_type:
            # a key's distance from a query is the query's from the key, negated
            queries = projected(self.query_proj if shared else self.pos_query_proj)
            found = (key_layer @ queries).gather(2, places.transpose(1, 2))
            scores = scores + found.transpose(1, 2)
        return scores
