"""Timing on a card, which answers before it has done the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from ..parts.ratios import Work, seconds, speed_ratios


@dataclass(frozen=True)
class Sizes:
    """How much a benchmark does.

    Args:
        documents: Documents that are read.
        learnt: Updates before anything is timed: a card loads each kernel when it first meets it.
        timed: Updates of a round.
        rounds: Rounds of each ratio; the median counts.
    """

    documents: int = 8192
    learnt: int = 40
    timed: int = 20
    rounds: int = 3


def finished(work: Work) -> None:
    """Do the work and wait for the card."""
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def measure(work: Work) -> float:
    """Measure the seconds until the card has done the work."""
    return seconds(partial(finished, work))


def card_ratios(ours: Work, other: Work, sizes: Sizes) -> list[float]:
    """Compare two ways to do the same work, both warmed up: their speed ratio in each round."""
    return speed_ratios(ours, other, sizes.rounds, measure)


def repeated(work: Work, times: int) -> Work:
    """Repeat the work `times` times in a row."""

    def run() -> None:
        for _ in range(times):
            work()

    return run


def fastest(works: Sequence[Work]) -> Work:
    """Return the work that is done first, each timed in its second run."""

    def second(work: Work) -> float:
        finished(work)
        return measure(work)

    return min(works, key=second)


def precision_name(precision: Any) -> str:
    """Name a torch dtype for a reader; None is single precision."""
    return "single precision" if precision is None else str(precision).removeprefix("torch.")
