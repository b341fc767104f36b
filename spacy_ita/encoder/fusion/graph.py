"""Graph fusion: nodes of one modality attend to each other, and gates join both modalities."""

import torch
from torch import Tensor, nn

from .cross_modal import attend, feed_forward


class CrossModalGate(nn.Module):
    """The messages of one modality to the other, each through a gate of its own.

    A node x receives the sum over the other modality's nodes o of sigmoid(W x + U o) * o.

    Args:
        width: Width H of all nodes.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.receiver = nn.Linear(width, width)
        self.sender = nn.Linear(width, width, bias=False)

    def forward(self, receivers: Tensor, senders: Tensor, mask: Tensor) -> Tensor:
        """Return what each receiver, (B, N, H), is sent by the senders, (B, M, H).

        Args:
            receivers: The nodes that receive.
            senders: The nodes that send.
            mask: Which senders there are, (B, M) bool.
        """
        gates = torch.sigmoid(self.receiver(receivers)[:, :, None] + self.sender(senders)[:, None])
        sent = senders.masked_fill(~mask[..., None], 0.0)
        return torch.einsum("bnmh,bmh->bnh", gates, sent)


class GraphFusionLayer(nn.Module):
    """One layer over a graph whose words and objects are all joined.

    Source: UMGF (Zhang et al., 2021), whose layer is that of Yin et al. (2020), "A novel
    graph-based multi-modal fusion encoder for neural machine translation".

    Args:
        width: Width H of all nodes.
        heads: Number of attention heads.
        dropout: Dropout of attention weights and of each residual.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.word_side = _Side(width, heads, dropout)
        self.object_side = _Side(width, heads, dropout)

    def forward(
        self, words: Tensor, word_mask: Tensor, objects: Tensor, object_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the words, (B, T, H), and the objects, (B, R, H), after one exchange.

        Args:
            words: Nodes of the words.
            word_mask: Which words there are, (B, T) bool.
            objects: Nodes of the objects.
            object_mask: Which objects there are, (B, R) bool.
        """
        words = self.word_side.within(words, word_mask)
        objects = self.object_side.within(objects, object_mask)
        return (
            self.word_side.across(words, objects, object_mask),
            self.object_side.across(objects, words, word_mask),
        )


class _Side(nn.Module):
    """The half of a layer that updates the nodes of one modality."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.gate = CrossModalGate(width)
        self.feed_forward = feed_forward(width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def within(self, nodes: Tensor, mask: Tensor) -> Tensor:
        """Return the nodes after attention among themselves."""
        return self._add(0, nodes, attend(self.attention, nodes, nodes, mask))

    def across(self, nodes: Tensor, others: Tensor, mask: Tensor) -> Tensor:
        """Return the nodes after the others' messages and the feed-forward network."""
        nodes = self._add(1, nodes, self.gate(nodes, others, mask))
        return self._add(2, nodes, self.feed_forward(nodes))

    def _add(self, norm: int, nodes: Tensor, found: Tensor) -> Tensor:
        added: Tensor = self.norms[norm](nodes + self.dropout(found))
        return added
