"""Whether one F1 is higher than another: a paired bootstrap over documents."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 500
"""Resamples at once."""

Counts = NDArray[np.int64]
"""(D, 3): how many entities of each document are right, wrongly found, and missed."""


@dataclass(frozen=True)
class Difference:
    """value: F1 of the second less F1 of the first; low, high: its 95 % interval; p: two-sided."""

    value: float
    low: float
    high: float
    p: float


def entity_counts(gold: Sequence[Collection[Any]], found: Sequence[Collection[Any]]) -> Counts:
    """The counts of each document. Raises ValueError where their numbers differ."""
    pairs = [(set(g), set(f)) for g, f in zip(gold, found, strict=True)]
    return np.array([(len(g & f), len(f - g), len(g - f)) for g, f in pairs]).reshape(-1, 3)


def f_score(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Micro-averaged F1 of sums of counts, (..., 3); 0 where there is no entity at all."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    total = 2 * right + wrong + missed
    return 2 * right / np.maximum(total, 1)


def paired_bootstrap(
    first: Counts, second: Counts, resamples: int = 10_000, seed: int = 0
) -> Difference:
    """The difference between two systems on the same documents.

    Documents are drawn with replacement, the same ones for both systems; `p` is twice the share
    of the draws in which the difference has not the sign that it mostly has, and at most 1
    (Efron and Tibshirani, 1993, chapter 13). Several runs of a system count as one whose counts
    are their sum. Raises ValueError for other documents.
    """
    if first.shape != second.shape:
        raise ValueError(
            f"paired systems need the same documents, not {len(first)} and {len(second)}"
        )
    documents = len(first)
    generator = np.random.default_rng(seed)
    differences = []
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = generator.multinomial(documents, np.full(documents, 1 / documents), size)
        differences.append(f_score(drawn @ second) - f_score(drawn @ first))
    found = np.concatenate(differences)
    low, high = np.quantile(found, [0.025, 0.975])
    tail = min((found <= 0).sum(), (found >= 0).sum())
    return Difference(
        value=float(f_score(second.sum(0)) - f_score(first.sum(0))),
        low=float(low),
        high=float(high),
        p=float(min(1.0, 2 * (tail + 1) / (resamples + 1))),
    )
