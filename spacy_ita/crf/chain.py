"""A linear chain's distribution over tag sequences: partition, marginals, best sequence.

    p(y) = exp(score(y)) / Z
    score(y) = start[y_1] + sum_t emission[t, y_t] + sum_t transition[y_t, y_t+1] + end[y_n]

Lafferty, McCallum, Pereira (2001), "Conditional random fields".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .gradients import LogMarginals, LogPartition
from .paths import HostCopy
from .recursions import Messages, Recursions, recursions_for
from .tags import MISSING

# The score of a tag that isn't gold, and of a transition that the scheme forbids: below all that
# potentials of 1e4 can sum up to, yet finite.
IMPOSSIBLE = -1e30


@dataclass(frozen=True)
class Marginals:
    """unary: (B, T, K) p(y_t = k), zero beyond a length. pairwise: (B, K, K) the expected
    number of transitions from tag i to tag j in a sequence. log_partition: (B,) log Z."""

    unary: Tensor
    pairwise: Tensor
    log_partition: Tensor


@dataclass(frozen=True)
class LinearChain:
    """A batch of chains that share their transitions.

    emissions: (B, T, K); lengths: (B,) int, each at least 1 and at most T;
    transitions: (K, K) from row to column; start, end: (K,).

    Results have the precision of the emissions, but single precision at least.
    """

    emissions: Tensor
    lengths: Tensor
    transitions: Tensor
    start: Tensor
    end: Tensor

    def detach(self) -> "LinearChain":
        """The same distribution, through which no gradient flows."""
        return self._map(Tensor.detach)

    def double(self) -> "LinearChain":
        """The same distribution in double precision."""
        return self.to(torch.float64)

    def precise(self) -> "LinearChain":
        """The same distribution in the precision that the device has for it: double, if it can."""
        return self.to(self._recursions.DTYPE)

    def given(self) -> "LinearChain":
        """The same distribution as the recursions take it."""
        return self if self._recursions.CONVERTS else self.precise()

    def to(self, dtype: torch.dtype) -> "LinearChain":
        """The same distribution in another precision."""
        return self._map(lambda potential: potential.to(dtype))

    def temper(self, temperature: float) -> "LinearChain":
        """The distribution with p(y) proportional to exp(score(y) / temperature)."""
        return self._map(lambda potential: potential / temperature)

    def select(self, rows: Sequence[int]) -> "LinearChain":
        """The chains of these rows of the batch; on a CPU without padding that none of them needs,
        which elsewhere would take a wait for the device."""
        index = torch.tensor(rows).to(self.lengths.device, non_blocking=True)
        lengths, emissions = self.lengths[index], self.emissions[index]
        if self._recursions.ON_HOST:
            emissions = emissions[:, : int(lengths.max())]
        return replace(self, emissions=emissions, lengths=lengths)

    def restrict(self, allowed: Tensor) -> "LinearChain":
        """The chain over the sequences of allowed tags alone. allowed: (B, T, K) bool."""
        emissions = self.emissions.to(self.precision)
        return replace(self, emissions=torch.where(allowed, emissions, IMPOSSIBLE))

    def _map(self, change: Callable[[Tensor], Tensor]) -> "LinearChain":
        return replace(
            self,
            emissions=change(self.emissions),
            transitions=change(self.transitions),
            start=change(self.start),
            end=change(self.end),
        )

    @property
    def precision(self) -> torch.dtype:
        """Of the results."""
        return torch.promote_types(self.emissions.dtype, torch.float32)

    @cached_property
    def mask(self) -> Tensor:
        """(B, T) bool: whether a position is a token of its chain."""
        steps = torch.arange(self.emissions.shape[1], device=self.emissions.device)
        return steps < self.lengths[:, None]

    def last(self, values: Tensor) -> Tensor:
        """(B, K) the values of each chain's last token. values: (B, T, K)."""
        index = (self.lengths - 1)[:, None, None]
        return values.gather(1, index.expand(-1, 1, values.shape[2])).squeeze(1)

    def score(self, tags: Tensor) -> Tensor:
        """(B,) the score of one sequence each. tags: (B, T) int; padding may hold any tag."""
        return self._score(tags).to(self.precision)

    def _score(self, tags: Tensor) -> Tensor:
        """As precise as can be: the log-likelihood is the difference of two large numbers."""
        dtype = self._recursions.DTYPE
        emitted = _pick(self.emissions, tags).to(dtype) * self.mask
        moved = self.transitions[tags[:, :-1], tags[:, 1:]].to(dtype) * self.mask[:, 1:]
        last = tags.gather(1, self.lengths[:, None] - 1).squeeze(1)
        ends = self.start[tags[:, 0]].to(dtype) + self.end[last].to(dtype)
        return ends + emitted.sum(1) + moved.sum(1)

    def log_likelihood(self, tags: Tensor) -> Tensor:
        """(B,) log p(tags), summed over all sequences that agree where a tag is MISSING.

        tags: (B, T) int, on any device; padding may hold any tag.
        """
        tags = tags.to(self.lengths.device, non_blocking=True)
        missing = tags == MISSING
        if self._recursions.ON_HOST and not (missing & self.mask).any():
            found = self._score(tags.clamp_min(0)) - self._log_partition()
            return found.to(self.precision)
        gold = tags[..., None] == torch.arange(self.emissions.shape[2], device=tags.device)
        agreeing = self.restrict(gold | missing[..., None])
        both = replace(
            self,
            emissions=torch.cat([agreeing.emissions, self.emissions.to(self.precision)]),
            lengths=self.lengths.repeat(2),
        )
        found, total = both._log_partition().chunk(2)
        return (found - total).to(self.precision)

    def expected_score(self, marginals: Marginals) -> Tensor:
        """(B,) E_p[score] of sequences drawn from the distribution p with these marginals."""
        return (
            (marginals.unary * self.emissions).sum((1, 2))
            + (marginals.pairwise * self.transitions).sum((1, 2))
            + marginals.unary[:, 0] @ self.start
            + self.last(marginals.unary) @ self.end
        )

    def log_partition(self) -> Tensor:
        """(B,) log Z. Its gradient is the marginals, from the same pass, in closed form."""
        return self._log_partition().to(self.precision)

    def _log_partition(self) -> Tensor:
        if not (torch.is_grad_enabled() and any(p.requires_grad for p in self._potentials)):
            return self.messages().log_partition
        return cast(Tensor, LogPartition.apply(self, self._marginals(), *self._potentials))

    def log_marginals(self) -> Tensor:
        """(B, T, K) log p(y_t = k), its gradient in closed form; beyond a length: undefined."""
        logs = cast(Tensor, LogMarginals.apply(self, self.messages(), *self._potentials))
        return logs.to(self.precision)

    @torch.no_grad()
    def messages(self) -> Messages:
        """The forward and backward messages, through which no gradient flows."""
        return self._recursions.messages(self.given())

    def marginals(self) -> Marginals:
        """The exact unary and summed pairwise marginals, and the partition they come with."""
        found = self._marginals()
        return Marginals(
            found.unary.to(self.precision),
            found.pairwise.to(self.precision),
            found.log_partition.to(self.precision),
        )

    @torch.no_grad()
    def _marginals(self) -> Marginals:
        chain = self.given()
        messages = self._recursions.messages(chain)
        return Marginals(*self._recursions.marginals(chain, messages), messages.log_partition)

    @torch.no_grad()
    def best_tags(self) -> Tensor:
        """(B, T) int, the best sequence of each chain (Viterbi); beyond a length: any tag."""
        return self._recursions.best_tags(self.given())

    def decode(self) -> list[list[int]]:
        """The best sequence of each chain (Viterbi)."""
        rows = zip(self.best_tags().tolist(), self.lengths.tolist(), strict=True)
        return [tags[:length] for tags, length in rows]

    @torch.no_grad()
    def step_log_marginals(self, tags: Tensor) -> tuple[Tensor, Tensor]:
        """Log-marginals along one path each.

        Args:
            tags: (B, T) int; padding may hold any tag.

        Returns:
            (B, T) log p(y_t), and (B, T - 1) log p(y_t+1 | y_t), each for the tags of the path.
            A stretch of the path is as likely as its first tag times the steps after it.
        """
        chain = self.given()
        messages = self._recursions.messages(chain)
        alone = (messages.forward + messages.backward).log_softmax(-1)
        steps = chain.transitions[tags[:, :-1]] + (messages.backward + chain.emissions)[:, 1:]
        return _pick(alone, tags), _pick(steps.log_softmax(-1), tags[:, 1:])

    def best_paths(self) -> HostCopy:
        """The best sequence of each chain and how likely its parts are, on their way to the host.

        Its numbers, (B, T, 3): the tags, log p(y_t) and log p(y_t | y_t-1), as `BestPaths` reads
        them; beyond a length: undefined.
        """
        tags = self.best_tags()
        alone, steps = self.step_log_marginals(tags)
        after = torch.nn.functional.pad(steps, (1, 0))
        return HostCopy(torch.stack([tags.to(alone), alone, after], -1))

    def segment_log_marginals(
        self, paths: Sequence[Sequence[int]], segments: Sequence[tuple[int, int, int]]
    ) -> list[float]:
        """log p(y_first..y_last-1 = the path's tags there), summed over all else, a segment.

        paths: a tag sequence for each chain, of its length. segments: (chain, first, last).
        """
        tags = pad_sequence([torch.tensor(path) for path in paths], batch_first=True)
        alone, steps = self.step_log_marginals(tags.to(self.lengths.device))
        return [
            float(alone[row, first] + steps[row, first : last - 1].sum())
            for row, first, last in segments
        ]

    @property
    def _recursions(self) -> Recursions:
        return recursions_for(self.emissions)

    @property
    def _potentials(self) -> tuple[Tensor, ...]:
        return self.emissions, self.transitions, self.start, self.end


def _pick(values: Tensor, tags: Tensor) -> Tensor:
    """(B, T) the values of these tags. values: (B, T, K); tags: (B, T)."""
    return values.gather(2, tags[..., None]).squeeze(2)
