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
    """value: F1 of the second less F1 of the first; low, high: its 95 % interval; p: two-sided,
    over the documents; p_seeds: over documents and seeds, None of a single seed."""

    value: float
    low: float
    high: float
    p: float
    p_seeds: float | None


def chance(p: float | None) -> str:
    """A p as tables show it, to three decimals; "" for None."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


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
    first: NDArray[np.int64], second: NDArray[np.int64], resamples: int = 10_000, seed: int = 0
) -> Difference:
    """The difference between two systems on the same documents, trained with the same seeds.

    first, second: (S, D, 3), the counts of each seed; a system's are their sum over the seeds.
    Documents are drawn with replacement, the same ones for both systems, and for `p_seeds` the
    seeds too; p is twice the share of the draws in which the difference has not the sign that it
    mostly has, and at most 1 (Efron and Tibshirani, 1993, chapter 13). Raises ValueError for other
    documents or seeds.
    """
    if first.shape != second.shape:
        raise ValueError(
            f"paired systems need the same seeds and documents, not {first.shape[:2]} and "
            f"{second.shape[:2]}"
        )
    seeds, documents, _ = first.shape
    generator = np.random.default_rng(seed)
    seed_generator = np.random.default_rng(seed + 1)
    of_documents, of_both = [], []
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = generator.multinomial(documents, np.full(documents, 1 / documents), size)
        drawn_seeds = seed_generator.multinomial(seeds, np.full(seeds, 1 / seeds), size)
        # (seed, resample, count)
        one, other = drawn @ first, drawn @ second
        of_documents.append(f_score(other.sum(0)) - f_score(one.sum(0)))
        weights = drawn_seeds.T[..., None]
        of_both.append(f_score((weights * other).sum(0)) - f_score((weights * one).sum(0)))
    found = np.concatenate(of_documents)
    low, high = np.quantile(found, [0.025, 0.975])
    return Difference(
        value=float(f_score(second.sum((0, 1))) - f_score(first.sum((0, 1)))),
        low=float(low),
        high=float(high),
        p=two_sided(found),
        p_seeds=two_sided(np.concatenate(of_both)) if seeds > 1 else None,
    )


def holm(values: Sequence[float]) -> list[float]:
    """Correct several p for their number (Holm, 1979): each is at most 1, in the given order.

    The smallest is multiplied by their number, the next by one less, and so on; none gets smaller
    than one before it.
    """
    corrected = [0.0] * len(values)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        corrected[i] = least
    return corrected


def two_sided(differences: NDArray[np.float64]) -> float:
    """Twice the share of resampled differences on the rarer side of zero, at most 1."""
    tail = min((differences <= 0).sum(), (differences >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(differences) + 1)))
