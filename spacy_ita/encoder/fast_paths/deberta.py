"""DeBERTa-v2's and -v3's embeddings under a mask that says which subword attends to which."""

from typing import Any

from torch import Tensor
from transformers.models.deberta_v2.modeling_deberta_v2 import DebertaV2Embeddings


class PackedDebertaV2Embeddings(DebertaV2Embeddings):
    """Takes the place of `DebertaV2Embeddings`: the same weights, and vectors of all but padding.

    The original zeroes padding, by a mask that must be (B, T). What attends to what is the
    attention's business, which takes both.
    """

    gives_words = False

    @classmethod
    def take(cls, embeddings: DebertaV2Embeddings) -> DebertaV2Embeddings:
        """Turn embeddings into some of this class, and return them."""
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
        """Return the embeddings, (B, T, H). mask: (B, T) or (B, 1 or T, T)."""
        if mask is not None and mask.dim() == 3:
            mask = None
        return super().forward(input_ids, token_type_ids, position_ids, mask, inputs_embeds)
