"""The last attention of BERT-like encoders, whose queries may be only the words."""

from typing import Any

from torch import Tensor, nn

from .attention import Projections
from .word_positions import mask_of_words, vectors_at, word_positions


class LastAttention(nn.Module):
    """Replaces `BertAttention` in the last layer: same weights, names and vectors."""

    def __init__(self, attention: Any) -> None:
        """Take the parts of an attention. They keep their names, as saved weights know them."""
        super().__init__()
        self.self = attention.self
        self.output = attention.output
        self.train(attention.training)

    def forward(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> tuple[Tensor, None]:
        """Attend to all vectors.

        Args:
            hidden_states: The vectors, (B, T, H).
            attention_mask: Allowed keys as booleans, or an addend to their scores; broadcasts to
                (B, N, T, T).
            args: Ignored: arguments for decoders, such as a cache.
            kwargs: Ignored, likewise.

        Returns:
            The new vectors, (B, T, H), or (B, S, H) within `words_alone`; and no probabilities.
        """
        own: Any = self.self
        queries, mask, positions = hidden_states, attention_mask, word_positions()
        if positions is not None:
            queries = vectors_at(hidden_states, positions)
            mask = None if mask is None else mask_of_words(mask, positions)

        projections = Projections(own.query, own.key, own.value, own.attention_head_size)
        dropout = own.dropout.p if own.training else 0.0
        found = projections.attend(queries, hidden_states, mask, dropout)
        return self.output(found, queries), None
