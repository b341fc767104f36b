"""DistilBERT with rows that share a line, and a last layer that can read for words alone."""

from typing import Any

from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.distilbert.modeling_distilbert import DistilBertModel, TransformerBlock

from .attention import Projections, mask_of_heads
from .word_positions import mask_of_words, vectors_at, word_positions


class PackedDistilBertModel(DistilBertModel):
    """Replaces `DistilBertModel` with torch's attention: same weights and vectors.

    The original of transformers 4 takes neither positions nor masks of rows in a line.
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
            kwargs: Further arguments of the original, which then encodes.

        Returns:
            The output with the vectors, (B, T, H), or (B, S, H) within `words_alone`.
        """
        if kwargs:
            return super().forward(input_ids, attention_mask, inputs_embeds=inputs_embeds, **kwargs)
        own: Any = self.embeddings
        vectors = own.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        if position_ids is None:
            position_ids = own.position_ids[:, : vectors.shape[1]]
        hidden = own.dropout(own.LayerNorm(vectors + own.position_embeddings(position_ids)))
        mask = None if attention_mask is None else mask_of_heads(attention_mask.bool())
        for layer in self.transformer.layer:
            found = layer(hidden, mask)
            hidden = found[-1] if isinstance(found, tuple) else found
        return BaseModelOutput(hidden)


class LastDistilBertBlock(TransformerBlock):
    """Reads for the words alone where it is asked to: same weights and vectors."""

    @classmethod
    def take(cls, model: DistilBertModel) -> TransformerBlock:
        """Turn a model into a `PackedDistilBertModel`; return its last block, one of this class."""
        last: Any = model.transformer.layer[-1]
        model.__class__, last.__class__ = PackedDistilBertModel, cls
        return last

    def forward(  # type: ignore[override]  # versions differ
        self, hidden: Tensor, mask: Tensor | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Return the vectors, (B, T, H), or (B, S, H) within `words_alone`."""
        positions = word_positions()
        if positions is None:
            return super().forward(hidden, mask, *args, **kwargs)
        own: Any = self.attention
        queries = vectors_at(hidden, positions)
        mask = None if mask is None else mask_of_words(mask, positions)
        projections = Projections(own.q_lin, own.k_lin, own.v_lin, own.attention_head_size)
        found = projections.attend(queries, hidden, mask, own.dropout.p if own.training else 0.0)
        attended = self.sa_layer_norm(own.out_lin(found) + queries)
        return self.output_layer_norm(self.ffn(attended) + attended)
