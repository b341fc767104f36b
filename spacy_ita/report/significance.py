"""Significance of a difference of F1: a paired bootstrap over documents and seeds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 500
"""Number of resamples computed at once."""

Counts = NDArray[np.int64]
"""Numbers of right, wrong and missed entities of each document, shape (D, 3)."""


@dataclass(frozen=True)
class Difference:
    """A difference between two F1 scores.

    Attributes:
        value: F1 of the second system minus F1 of the first.
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        p: Two-sided p-value over documents.
        p_seeds: Two-sided p-value over documents and seeds; None for a single seed.
    """

    value: float
    low: float
    high: float
    p: float
    p_seeds: float | None


def chance(p: float | None) -> str:
    """Format a p-value for tables, with three decimals; "" for None."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def entity_counts(gold: Sequence[Collection[Any]], found: Sequence[Collection[Any]]) -> Counts:
    """Count the right, wrong and missed entities of each document.

    Raises:
        ValueError: If the numbers of documents differ.
    """
    pairs = [(set(g), set(f)) for g, f in zip(gold, found, strict=True)]
    return np.array([(len(g & f), len(f - g), len(g - f)) for g, f in pairs]).reshape(-1, 3)


def f_score(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Compute micro-averaged F1 from sums of counts, shape (..., 3); 0 if there are no entities."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    total = 2 * right + wrong + missed
    return 2 * right / np.maximum(total, 1)


def paired_bootstrap(
    first: NDArray[np.int64], second: NDArray[np.int64], resamples: int = 10_000, seed: int = 0
) -> Difference:
    """Compare two systems on the same documents, trained with the same seeds.

    Documents are drawn with replacement, the same ones for both systems; for `p_seeds`, seeds are
    drawn too. A p-value is twice the share of draws in which the difference has the rarer sign, at
    most 1 (Efron and Tibshirani, 1993, chapter 13).

    Args:
        first: Counts of the first system by seed, shape (S, D, 3); F1 is that of their sum.
        second: Counts of the second system, same shape.
        resamples: Number of draws.
        seed: Seed of the draws.

    Raises:
        ValueError: If the systems have different documents or seeds.
    """
    if first.shape != second.shape:
        raise ValueError(
            f"paired systems need the same seeds and documents, not {first.shape[:2]} and "
            f"{second.shape[:2]}"
        )
    seeds, documents, _ = first.shape
    of_documents, of_both = [], []
    of_seeds = _draws(seeds, resamples, seed + 1)
    for drawn, drawn_seeds in zip(_draws(documents, resamples, seed), of_seeds, strict=True):
        # both have a row for each seed and resample
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


# the rows of a table have the same documents and seeds
@lru_cache(maxsize=2)
def _draws(size: int, resamples: int, seed: int) -> list[NDArray[np.uint16]]:
    """Count how often each of `size` items is drawn, with replacement, in each resample."""
    generator = np.random.default_rng(seed)
    starts = range(0, resamples, CHUNK)
    sizes = [min(CHUNK, resamples - start) for start in starts]
    shares = np.full(size, 1 / size)
    # an item is drawn once on average: small numbers take a quarter of the memory
    return [generator.multinomial(size, shares, n).astype(np.uint16) for n in sizes]


def holm(values: Sequence[float]) -> list[float]:
    """Correct p-values for multiple comparisons (Holm, 1979).

    The smallest is multiplied by their number, the next by one less, and so on; none becomes
    smaller than the one before it.

    Returns:
        The corrected values, at most 1, in the given order.
    """
    corrected = [0.0] * len(values)
    least = 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        corrected[i] = least
    return corrected


def two_sided(differences: NDArray[np.float64]) -> float:
    """Return twice the share of resampled differences on the rarer side of zero, at most 1."""
    tail = min((differences <= 0).sum(), (differences >= 0).sum())
    return float(min(1.0, 2 * (tail + 1) / (len(differences) + 1)))
