"""Ratios of two ways to do the same work, taken in turns in one process."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """A line of the table. ratio: the median of the rounds'. target: to reach, or, where
    `at_most`, not to exceed."""

    what: str
    against: str
    target: float
    at_most: bool
    rounds: list[float]

    @property
    def ratio(self) -> float:
        return median(self.rounds)

    @property
    def met(self) -> bool:
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target


def seconds(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    """Measure the wall time of the work; garbage of earlier work is collected before."""
    gc.collect()
    start = clock()
    work()
    return clock() - start


def processor_seconds(work: Work) -> float:
    """Measure the processor time of all threads of this process that the work takes.

    Other processes on a busy machine change it little.
    """
    return seconds(work, time.process_time)


def speed_ratios(
    ours: Work,
    other: Work,
    rounds: int,
    measure: Callable[[Work], float] = seconds,
    ran: bool = False,
) -> list[float]:
    """Compute how many times as fast as `other` ours is, in each round.

    The two take turns in going first. Both run once before, so that nothing is built in a round.

    Args:
        ours: The work whose speed is computed.
        other: The work that it is compared with.
        rounds: Number of rounds.
        measure: Measures the time that a work takes.
        ran: Whether both have run already.
    """
    if not ran:
        ours()
        other()
    ratios = []
    for number in range(rounds):
        if number % 2:
            own = measure(ours)
            theirs = measure(other)
        else:
            theirs = measure(other)
            own = measure(ours)
        ratios.append(theirs / own)
    return ratios
