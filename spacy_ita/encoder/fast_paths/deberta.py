"""Embeddings of DeBERTa-v2 and -v3 for rows that share a line."""

from typing import Any

from torch import Tensor
from transformers.models.deberta_v2.modeling_deberta_v2 import DebertaV2Embeddings


class PackedDebertaV2Embeddings(DebertaV2Embeddings):
    """Replaces `DebertaV2Embeddings`: same weights, and same vectors of all but padding.

    The original zeroes padding by the mask, which must then be (B, T). The attention takes masks
    of both shapes.
    """

    gives_words = False

    @classmethod
    def take(cls, embeddings: DebertaV2Embeddings) -> DebertaV2Embeddings:
        """Turn embeddings into an instance of this class, and return them."""
        embeddings.__class__ = cls
        return embeddings

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
