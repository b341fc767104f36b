"""Power of the bootstrap over documents and seeds: how many seeds show a difference."""

import numpy as np
from numpy.typing import NDArray

from .significance import f_score, paired_bootstrap

LEVEL = 0.05
RESAMPLES = 400


def power(
    counts: NDArray[np.int64], difference: float, seeds: int, trials: int = 200, seed: int = 0
) -> float:
    """Simulate how often a true difference of F1 is found.

    Each trial draws the trainings of two systems from the given ones, and corrects random errors
    of the second one until the difference is reached. It then compares the two by
    `paired_bootstrap` over documents and seeds.

    Args:
        counts: Numbers of right, wrong and missed entities by training and document, int of shape
            (S, D, 3).
        difference: The true difference of F1, such as 0.008 for 0.8 points.
        seeds: Number of trainings of each system.
        trials: Number of comparisons to simulate.
        seed: Seed of the random draws.

    Returns:
        The share of the trials with p below 0.05.

    Raises:
        ValueError: If no share of corrected errors gives the difference.
    """
    generator = np.random.default_rng(seed)
    share = share_of_errors(counts, difference)
    found = 0
    for trial in range(trials):
        first, second = (counts[generator.integers(len(counts), size=seeds)] for _ in range(2))
        better = correct_errors(second, share, generator)
        p = paired_bootstrap(first, better, RESAMPLES, seed=trial).p_seeds
        found += p is not None and p < LEVEL
    return found / trials


def share_of_errors(counts: NDArray[np.int64], difference: float) -> float:
    """Return the share of its errors that a system must lose to gain a difference of F1."""
    total = counts.sum((0, 1)).astype(float)
    target = f_score(total) + difference
    # F1 with a share s of the errors gone is 2 (r + s m) / (2 r + (1 - s) (w + m) + 2 s m)
    right, wrong, missed = total
    share = (target * (2 * right + wrong + missed) - 2 * right) / (
        2 * missed - target * (missed - wrong)
    )
    if not 0 <= share <= 1:
        raise ValueError(f"no share of the errors gives F1 {f_score(total):.3f} {target:.3f}")
    return float(share)


def correct_errors(
    counts: NDArray[np.int64], share: float, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Correct a share of the missed entities, and drop a share of the wrong ones, at random."""
    right, wrong, missed = np.moveaxis(counts, -1, 0)
    corrected = generator.binomial(missed, share)
    dropped = generator.binomial(wrong, share)
    return np.stack([right + corrected, wrong - dropped, missed - corrected], -1)
