"""What an encoder returns: a vector for each word, and what else a tagger learns from."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

AuxiliaryLoss = Callable[[Tensor], "Tensor | float"]
"""From the gold tags of B views, (B, T), to a loss that is added to the tagger's. The gradient of
the loss stays with the encoder, whose backprop takes it along."""


def no_auxiliary_loss(tags: Tensor) -> float:
    """Return 0: the encoder has no loss of its own."""
    return 0.0


@dataclass(frozen=True)
class EncodedWords:
    """The vectors of the words of B views.

    Attributes:
        vectors: The last layer's vector of each word's first subword, (B, T, H).
        lengths: The number of words of each view, (B,).
        boundary_scores: Scores of O, B, I, E and S whatever the label, (B, T, 5), which the tagger
            adds to those of its tags; None for an encoder without a task of its own.
        auxiliary_loss: The loss of the encoder's own tasks in training; else it is 0.
    """

    vectors: Tensor
    lengths: Tensor
    boundary_scores: Tensor | None = None
    auxiliary_loss: AuxiliaryLoss = no_auxiliary_loss
