"""The gradient of a batch that comes in parts."""

import torch
from thinc.api import Model

from ...encoder import View
from ..model import Reading, named_weights


class MeanGradient:
    """Keeps the gradient a mean over all documents since the last step.

    `[training] accumulate_gradient`, and whoever calls `update` several times before a step, give
    the gradient of the whole batch, however many parts it comes in.
    """

    def __init__(self) -> None:
        self._documents = 0

    def make_room(self, model: Model[list[View], Reading], documents: int) -> float:
        """Scale what earlier parts gave down to their share, and return that of the next part.

        Args:
            model: The one that learns, with the gradients of the earlier parts.
            documents: How many the next part has, whose gradient is a mean over them.
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
        """Begin another batch, after a step."""
        self._documents = 0
