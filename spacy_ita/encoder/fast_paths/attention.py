"""Attention of some queries to all vectors, by torch's fused kernel."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

Project = Callable[[Tensor], Tensor]


class Projections(NamedTuple):
    """Linear layers of an attention, and the size of its heads."""

    query: Project
    key: Project
    value: Project
    head_size: int

    def attend(
        self, queries: Tensor, hidden: Tensor, mask: Tensor | None, dropout: float
    ) -> Tensor:
        """Attend from queries to vectors.

        Args:
            queries: Vectors that attend, (B, S, H).
            hidden: Vectors that are attended to, (B, T, H).
            mask: Allowed keys as booleans, or an addend to their scores; broadcasts to
                (B, N, S, T).
            dropout: Probability that a weight is zeroed.

        Returns:
            What each query reads, (B, S, H).
        """

        def heads(vectors: Tensor) -> Tensor:
            return vectors.unflatten(-1, (-1, self.head_size)).transpose(1, 2)

        query = heads(self.query(queries))
        if mask is not None and mask.is_floating_point():
            mask = mask.to(query.dtype)
        found = scaled_dot_product_attention(
            query,
            heads(self.key(hidden)),
            heads(self.value(hidden)),
            attn_mask=mask,
            dropout_p=dropout,
        )
        return found.transpose(1, 2).flatten(2)


def mask_of_heads(mask: Tensor) -> Tensor:
    """Return a mask of shape (B, T), (B, 1 or T, T) or (B, 1, 1 or T, T) in the last shape."""
    if mask.dim() == 2:
        return mask[:, None, None]
    return mask[:, None] if mask.dim() == 3 else mask
