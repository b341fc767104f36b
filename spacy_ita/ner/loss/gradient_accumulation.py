"""Gradient accumulation over the parts of a batch."""

from collections.abc import Sequence
from math import ceil

import torch

from ..model import TaggerModel, named_weights

PART_BYTES = 2 * 2**30
"""Memory of the activations of one part of a batch."""


def parts_of(sizes: Sequence[int], most: int = PART_BYTES) -> list[list[int]]:
    """Divide documents into as few parts as fit, of about the same size, the small ones first.

    Args:
        sizes: Size of each document.
        most: Size that a part should not exceed by more than a document.

    Returns:
        The indices of each part's documents; in order if there is one part alone.
    """
    count = ceil(sum(sizes) / most)
    if count <= 1:
        return [list(range(len(sizes)))]
    parts: list[list[int]] = [[] for _ in range(count)]
    share, before = sum(sizes) / count, 0
    for i in sorted(range(len(sizes)), key=sizes.__getitem__):
        parts[int(before / share)].append(i)
        before += sizes[i]
    return [part for part in parts if part]


class MeanGradient:
    """A running mean of the gradient over all documents since the last step.

    With `[training] accumulate_gradient`, or several updates before a step, the gradient is that of
    the whole batch, in however many parts it comes.
    """

    def __init__(self) -> None:
        self._documents = 0

    def make_room(self, model: TaggerModel, documents: int) -> float:
        """Scale the gradients of earlier parts for the next part.

        Args:
            model: The model that learns, with the gradients of earlier parts.
            documents: Number of documents in the next part.

        Returns:
            The factor of the next part's gradient, which is a mean over its documents.
        """
        earlier = self._documents
        self._documents += documents
        if earlier:
            gradients = [
                weights.grad
                for weights in named_weights(model).values()
                if weights.grad is not None
            ]
            torch._foreach_mul_(gradients, earlier / self._documents)
        return documents / self._documents

    def reset(self) -> None:
        """Start another batch, after a step."""
        self._documents = 0
