"""Recalibration: maps from marginal probabilities to confidences.

The log-odds are scaled and shifted (Platt, 1999, "Probabilistic outputs for support vector
machines"). Tags are decoded before a map is applied, so the entities stay the same; and the map is
increasing, so their order does.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-7
"""Confidences nearer to 0 or 1 count as this far from it."""

Floats = NDArray[np.float64]
ViewKind = Literal["text", "image"]


@dataclass(frozen=True)
class Recalibration:
    """A map from a marginal probability p to a confidence: sigmoid(slope * logit(p) + shift).

    Args:
        slope: Below 1, it moves confidences to the middle, like a temperature above 1.
        shift: If negative, it lowers all confidences.
    """

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, confidence: float) -> float:
        """Map a confidence. The identity returns exactly the same value."""
        if self == IDENTITY:
            return confidence
        return float(sigmoid(self.slope * logit(np.asarray(confidence)) + self.shift))


IDENTITY = Recalibration()


def logit(probabilities: Floats) -> Floats:
    """Return the log-odds of probabilities."""
    clipped = np.clip(probabilities, LEAST, 1 - LEAST)
    return np.log(clipped) - np.log1p(-clipped)


def sigmoid(log_odds: Floats) -> Floats:
    """Return the probabilities of log-odds."""
    return 1 / (1 + np.exp(-log_odds))
