"""Gradient accumulation over the parts of a batch."""

import torch

from ..model import TaggerModel, named_weights


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
