"""Calibration scores: whether a share p of the entities with confidence p is right.

Naeini et al. (2015), "Obtaining well calibrated probabilities using Bayesian binning"; Guo et al.
(2017), "On calibration of modern neural networks"; Brier (1950).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from spacy.tokens import Span
from spacy.training import Example

BINS = 10


@dataclass(frozen=True)
class Bin:
    """A group of entities of similar confidence.

    Args:
        count: Number of entities.
        confidence: Their mean confidence.
        accuracy: Share of those that are right.
    """

    count: int
    confidence: float
    accuracy: float


def reliability_bins(
    confidences: Sequence[float], correct: Sequence[bool], bins: int = BINS
) -> list[Bin]:
    """Group entities by confidence into bins of equal width, and drop empty bins.

    Args:
        confidences: Probability of each entity, in 0 to 1.
        correct: Whether each entity is right.
        bins: Number of bins. A confidence on an edge belongs to the upper bin, 1 to the last.
    """
    confidence, right = np.asarray(confidences, float), np.asarray(correct, float)
    numbers = np.minimum((confidence * bins).astype(int), bins - 1)
    members = [numbers == number for number in np.unique(numbers)]
    return [Bin(int(m.sum()), float(confidence[m].mean()), float(right[m].mean())) for m in members]


def expected_calibration_error(
    confidences: Sequence[float], correct: Sequence[bool], bins: int = BINS
) -> float:
    """Return the mean distance of confidence and accuracy over the bins, weighted by size."""
    found = reliability_bins(confidences, correct, bins)
    gap = sum(group.count * abs(group.confidence - group.accuracy) for group in found)
    return gap / len(confidences)


def brier_score(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """Return the mean squared distance of confidence and outcome (1 if right, else 0)."""
    errors = np.asarray(confidences, float) - np.asarray(correct, float)
    return float(np.square(errors).mean())


def risk_coverage_area(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """Return the area under the risk–coverage curve: lower is better.

    The risk is the share of wrong entities among the most confident ones; the coverage is the share
    of these in all entities (Geifman et al., 2019, "Bias-reduced uncertainty estimation for deep
    neural classifiers"). The area measures how well confidences rank, whatever their values.
    """
    order = np.argsort(-np.asarray(confidences, float), kind="stable")
    wrong = 1 - np.asarray(correct, float)[order]
    return float((wrong.cumsum() / np.arange(1, len(wrong) + 1)).mean())


def calibration_scores(examples: Iterable[Example], confidence: str) -> dict[str, float | None]:
    """Score the confidences of predicted entities: `ents_ece` and `ents_brier`.

    An entity is right if the reference has one with the same words and label. Entities without a
    confidence, or on words without gold annotation, don't count. Both scores are None if no entity
    counts.

    Args:
        examples: Annotated documents and their references.
        confidence: Name of the Span extension that holds the confidence.
    """
    confidences: list[float] = []
    correct: list[bool] = []
    for example in examples:
        for ent in example.predicted.ents:
            probability, right = ent._.get(confidence), outcome(example, ent)
            if probability is not None and right is not None:
                confidences.append(probability)
                correct.append(right)
    if not confidences:
        return {"ents_ece": None, "ents_brier": None}
    return {
        "ents_ece": expected_calibration_error(confidences, correct),
        "ents_brier": brier_score(confidences, correct),
    }


def outcome(example: Example, ent: Span) -> bool | None:
    """Tell whether the reference has an entity of the predicted Doc, with the same label.

    Words are aligned as in spaCy's scorer. None if a word has no gold annotation, or the reference
    has none of the words.
    """
    tokens: Any = example.alignment.x2y[ent.start : ent.end]
    if not len(tokens):
        return None
    span = example.reference[int(tokens[0]) : int(tokens[-1]) + 1]
    if any(token.ent_iob == 0 for token in span):
        return None
    return any(
        (gold.start, gold.end, gold.label) == (span.start, span.end, ent.label)
        for gold in example.reference.ents
    )
