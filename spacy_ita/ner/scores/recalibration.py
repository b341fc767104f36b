"""Recalibration: confidences whose log-odds are scaled and shifted to fit held-out documents.

Platt (1999), "Probabilistic outputs for support vector machines"; Kuleshov and Liang (2015),
"Calibrated structured prediction", for the marginals of a CRF. Tags are decoded before the map is
applied, so the entities stay the same; and the map is increasing, so their order does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Span
from spacy.training import Example

from .calibration import outcome

if TYPE_CHECKING:
    from ..prediction.view_reader import ViewReader

LEAST = 1e-7
"""Confidences nearer to 0 or 1 count as this far from it."""

LEAST_SLOPE = 0.01
"""Smallest slope, so that entities keep their order by confidence."""

STEPS = 50
"""Steps of Newton's method: few are enough, as the loss is strictly convex."""

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
        return float(_sigmoid(self.slope * _logit(np.asarray(confidence)) + self.shift))


IDENTITY = Recalibration()


def fit_recalibrations(
    pipe: "ViewReader", examples: Iterable[Example]
) -> dict[ViewKind, Recalibration]:
    """Fit a map for each view on held-out documents.

    All documents are read without their pictures for "text". Those with a picture are read with it
    for "image".

    Args:
        pipe: A trained pipe, which is not changed.
        examples: Documents with gold entities that the pipe wasn't trained on.

    Returns:
        The argument of `pipe.recalibrate`: a map for each view, the identity if no entity is found.
    """
    examples = list(examples)
    seen = [example for example in examples if pipe.context_of(example.predicted, "auto")]
    return {
        "text": fit_recalibration(*_outcomes(pipe, examples, "T")),
        "image": fit_recalibration(*_outcomes(pipe, seen, "auto")),
    }


def _outcomes(
    pipe: "ViewReader", examples: Sequence[Example], view: Literal["T", "auto"]
) -> tuple[list[float], list[bool]]:
    """Return the marginal probability of each entity in a view, and whether it is right."""
    confidences, correct = [], []
    docs = [example.predicted for example in examples]
    for example, prediction in zip(examples, pipe.read(docs, view), strict=True):
        for entity, confidence in zip(prediction.entities, prediction.confidences, strict=True):
            right = outcome(example, Span(example.predicted, *entity))
            if right is not None:
                confidences.append(confidence)
                correct.append(right)
    return confidences, correct


def fit_recalibration(confidences: Sequence[float], correct: Sequence[bool]) -> Recalibration:
    """Find the map under which the outcomes are most likely.

    A normal prior around the identity, with a standard deviation of 1, keeps the map finite: if all
    entities are right, the likelihood alone would call for infinite log-odds.

    Args:
        confidences: Probability of each entity, in 0 to 1.
        correct: Whether each entity is right.
    """
    features = np.stack([_logit(np.asarray(confidences, float)), np.ones(len(confidences))], 1)
    signs = np.where(correct, 1.0, -1.0)
    identity = np.array([IDENTITY.slope, IDENTITY.shift])

    def loss(weights: Floats) -> float:
        misfit = np.logaddexp(0, -signs * (features @ weights)).sum()
        return float(misfit + np.square(weights - identity).sum() / 2)

    weights = identity
    for _ in range(STEPS):
        found = _sigmoid(features @ weights)
        gradient = features.T @ (found - (signs > 0)) + (weights - identity)
        curvature = (features.T * (found * (1 - found))) @ features + np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # a whole step may lead too far if confidences are near 0 or 1
        while loss(weights - step) > loss(weights):
            step = step / 2
        weights = weights - step
    slope, shift = weights.tolist()
    return Recalibration(max(slope, LEAST_SLOPE), shift)


def _logit(probabilities: Floats) -> Floats:
    clipped = np.clip(probabilities, LEAST, 1 - LEAST)
    return np.log(clipped) - np.log1p(-clipped)


def _sigmoid(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))
