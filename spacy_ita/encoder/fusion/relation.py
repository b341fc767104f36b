"""The relation of a text and a picture: whether they belong together, and the gate made of it."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Propagation = Literal["soft", "hard"]


def mean_of(nodes: Tensor, mask: Tensor) -> Tensor:
    """Average the nodes, (B, N, H), that there are, (B, N) bool; zero where there is none."""
    kept = nodes.masked_fill(~mask[..., None], 0.0)
    return kept.sum(1) / mask.sum(1, keepdim=True).clamp_min(1)


class RelationClassifier(nn.Module):
    """A classifier of pairs of a text's and a picture's vector.

    Args:
        width: Width H of both vectors.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(3 * width, width)
        self.output = nn.Linear(width, 2)

    def forward(self, texts: Tensor, pictures: Tensor) -> Tensor:
        """Return logits of "unrelated" and "related", (B, 2), for vectors of shape (B, H)."""
        pairs = torch.cat([texts, pictures, texts * pictures], -1)
        logits: Tensor = self.output(torch.tanh(self.hidden(pairs)))
        return logits


def relation_gate(logits: Tensor, propagation: Propagation) -> Tensor:
    """Turn logits of "unrelated" and "related", (B, 2), into gates, (B,).

    Args:
        logits: The logits.
        propagation: "soft" for the probability of "related", "hard" for 1 where that is more than
            a half and else 0, with the gradient of the probability (straight-through).
    """
    related = logits.softmax(-1)[:, 1]
    if propagation == "soft":
        return related
    return (related > 0.5).to(related) + related - related.detach()


def relation_losses(matched: Tensor, shuffled: Tensor) -> Tensor:
    """Compute the cross-entropy of each pair, (N + M,).

    Args:
        matched: Logits of pairs as they were posted, (N, 2).
        shuffled: Logits of texts with the picture of another post, (M, 2).
    """
    related = torch.cat([matched.new_ones(len(matched)), matched.new_zeros(len(shuffled))]).long()
    return cross_entropy(torch.cat([matched, shuffled]), related, reduction="none")
