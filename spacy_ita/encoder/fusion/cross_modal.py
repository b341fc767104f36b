"""Cross-modal attention: a transformer layer whose queries come from the other modality."""

from torch import Tensor, nn


class CrossModalLayer(nn.Module):
    """A post-norm transformer layer from queries to the nodes that they attend to.

    With the same nodes on both sides it is self-attention. Sources: the cross-modal transformer
    layer of UMT (Yu et al., 2020, section 3.3) and the guided attention of OCSGA (Wu et al., 2020)
    after Yu et al. (2019), "Deep modular co-attention networks".

    Args:
        width: Width H of both kinds of nodes.
        heads: Number of attention heads; divides the width.
        dropout: Dropout of attention weights and of each residual.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width)
        self.output_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Return the queries' nodes, (B, Q, H), after they attended to the keys.

        Args:
            queries: The nodes that ask, (B, Q, H).
            keys: The nodes that answer, (B, K, H).
            mask: Which keys there are, (B, K) bool. Queries of a row without any keep themselves.
        """
        found = attend(self.attention, queries, keys, mask)
        nodes = self.attention_norm(queries + self.dropout(found))
        return self.output_norm(nodes + self.dropout(self.feed_forward(nodes)))


def attend(attention: nn.MultiheadAttention, queries: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
    """Attend from queries, (B, Q, H), to keys, (B, K, H); zero in rows without any key.

    Args:
        attention: The attention.
        queries: The nodes that ask.
        keys: The nodes that answer.
        mask: Which keys there are, (B, K) bool.
    """
    empty = ~mask.any(1, keepdim=True)
    # a softmax over nothing would be NaN
    found, _ = attention(queries, keys, keys, key_padding_mask=~(mask | empty), need_weights=False)
    return found.masked_fill(empty[..., None], 0.0)


def feed_forward(width: int) -> nn.Sequential:
    """Make the two linear layers that follow an attention, four times as wide between them."""
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
