"""Fitting of recalibrations to held-out documents.

Kuleshov and Liang (2015), "Calibrated structured prediction", fit such maps to the marginals of a
CRF.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from spacy.tokens import Span
from spacy.training import Example

from ..prediction.recalibration import IDENTITY, Floats, Recalibration, ViewKind, logit, sigmoid
from ..prediction.view_reader import ViewReader
from .calibration import outcome

LEAST_SLOPE = 0.01
"""Smallest slope, so that entities keep their order by confidence."""

STEPS = 50
"""Steps of Newton's method: few are enough, as the loss is strictly convex."""


def fit_recalibrations(
    pipe: ViewReader, examples: Iterable[Example]
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
    pipe: ViewReader, examples: Sequence[Example], view: Literal["T", "auto"]
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
    features = np.stack([logit(np.asarray(confidences, float)), np.ones(len(confidences))], 1)
    signs = np.where(correct, 1.0, -1.0)
    identity = np.array([IDENTITY.slope, IDENTITY.shift])

    def loss(weights: Floats) -> float:
        misfit = np.logaddexp(0, -signs * (features @ weights)).sum()
        return float(misfit + np.square(weights - identity).sum() / 2)

    weights = identity
    for _ in range(STEPS):
        found = sigmoid(features @ weights)
        gradient = features.T @ (found - (signs > 0)) + (weights - identity)
        curvature = (features.T * (found * (1 - found))) @ features + np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # a whole step may lead too far if confidences are near 0 or 1
        while loss(weights - step) > loss(weights):
            step = step / 2
        weights = weights - step
    slope, shift = weights.tolist()
    return Recalibration(max(slope, LEAST_SLOPE), shift)
