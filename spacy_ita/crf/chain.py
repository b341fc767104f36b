"""The distribution of a linear-chain CRF over tag sequences: partition, marginals, best sequence.

    p(y) = exp(score(y)) / Z
    score(y) = start[y_1] + sum_t emission[t, y_t] + sum_t transition[y_t, y_t+1] + end[y_n]

Lafferty, McCallum, Pereira (2001), "Conditional random fields".
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from .gradients import LogMarginals, LogPartition
from .host_copy import HostCopy
from .marginals import Marginals
from .potentials import Potentials
from .recursions import Messages, Recursions, recursions_for
from .tags import MISSING

# Score of a tag that isn't gold and of a transition that the scheme forbids: below any sum of
# potentials of 1e4, yet finite.
IMPOSSIBLE = -1e30


class LinearChain(Potentials):
    """The distribution of a batch of chains, given their potentials.

    Results have the precision of the emissions, but at least single precision.
    """

    def precise(self) -> "LinearChain":
        """Convert to the precision that the recursions compute in: double where the device can."""
        return self.to(self._recursions.DTYPE)

    def given(self) -> "LinearChain":
        """Convert to a precision that the recursions accept."""
        return self if self._recursions.CONVERTS else self.precise()

    def select(self, rows: Sequence[int]) -> "LinearChain":
        """Return the chains of some rows of the batch.

        On a CPU, padding that none of them needs is dropped. Elsewhere that would take a wait for
        the device.
        """
        index = torch.tensor(rows).to(self.lengths.device, non_blocking=True)
        lengths, emissions = self.lengths[index], self.emissions[index]
        if self._recursions.ON_HOST:
            emissions = emissions[:, : int(lengths.max())]
        return replace(self, emissions=emissions, lengths=lengths)

    def restrict(self, allowed: Tensor) -> "LinearChain":
        """Restrict the chains to sequences of allowed tags.

        Args:
            allowed: Mask of the allowed tags, (B, T, K) bool.
        """
        emissions = self.emissions.to(self.precision)
        return replace(self, emissions=torch.where(allowed, emissions, IMPOSSIBLE))

    def score(self, tags: Tensor) -> Tensor:
        """Score one sequence for each chain, (B,).

        Args:
            tags: Tag ids, (B, T) int; padding may hold any tag.
        """
        return self._score(tags).to(self.precision)

    def _score(self, tags: Tensor) -> Tensor:
        """Score in full precision: the log-likelihood is the difference of two large numbers."""
        dtype = self._recursions.DTYPE
        emitted = _pick(self.emissions, tags).to(dtype) * self.mask
        moved = self.transitions[tags[:, :-1], tags[:, 1:]].to(dtype) * self.mask[:, 1:]
        last = tags.gather(1, self.lengths[:, None] - 1).squeeze(1)
        ends = self.start[tags[:, 0]].to(dtype) + self.end[last].to(dtype)
        return ends + emitted.sum(1) + moved.sum(1)

    def log_likelihood(self, tags: Tensor) -> Tensor:
        """Compute log p(tags), (B,).

        Where tags are MISSING, the probabilities of all sequences that agree with the others are
        summed.

        Args:
            tags: Tag ids, (B, T) int, on any device; padding may hold any tag.
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
        """Compute the expected score of sequences drawn from another distribution p, (B,).

        Args:
            marginals: The marginals of p.
        """
        return (
            (marginals.unary * self.emissions).sum((1, 2))
            + (marginals.pairwise * self.transitions).sum((1, 2))
            + marginals.unary[:, 0] @ self.start
            + self.last(marginals.unary) @ self.end
        )

    def log_partition(self) -> Tensor:
        """Compute log Z, (B,). Its gradient, the marginals, comes from the same pass."""
        return self._log_partition().to(self.precision)

    def _log_partition(self) -> Tensor:
        if not (torch.is_grad_enabled() and any(p.requires_grad for p in self._potentials)):
            return self.messages().log_partition
        return cast("Tensor", LogPartition.apply(self, self._marginals(), *self._potentials))

    def log_marginals(self) -> Tensor:
        """Compute log p(y_t = k), (B, T, K), with a gradient in closed form.

        The values beyond a length are undefined.
        """
        logs = cast("Tensor", LogMarginals.apply(self, self.messages(), *self._potentials))
        return logs.to(self.precision)

    @torch.no_grad()
    def messages(self) -> Messages:
        """Compute the forward and backward messages, without a gradient."""
        return self._recursions.messages(self.given())

    def marginals(self) -> Marginals:
        """Compute the exact unary and summed pairwise marginals, and log Z."""
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
        """Find the best sequence of each chain (Viterbi), (B, T) int; padding holds any tag."""
        return self._recursions.best_tags(self.given())

    def decode(self) -> list[list[int]]:
        """Find the best sequence of each chain (Viterbi), as lists of tag ids."""
        rows = zip(self.best_tags().tolist(), self.lengths.tolist(), strict=True)
        return [tags[:length] for tags, length in rows]

    @torch.no_grad()
    def step_log_marginals(self, tags: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the log-marginals along one path for each chain.

        The probability of a stretch of the path is that of its first tag times those of the steps
        after it.

        Args:
            tags: The paths' tag ids, (B, T) int; padding may hold any tag.

        Returns:
            log p(y_t), (B, T), and log p(y_t+1 | y_t), (B, T - 1), for the tags of the paths.
        """
        chain = self.given()
        messages = self._recursions.messages(chain)
        alone = (messages.forward + messages.backward).log_softmax(-1)
        steps = chain.transitions[tags[:, :-1]] + (messages.backward + chain.emissions)[:, 1:]
        return _pick(alone, tags), _pick(steps.log_softmax(-1), tags[:, 1:])

    def best_paths(self) -> HostCopy:
        """Start to copy the best sequences and the log-marginals along them to the host.

        Returns:
            The copy of a tensor of shape (B, T, 3), as `BestPaths` reads it: tag, log p(y_t) and
            log p(y_t | y_t-1). The values beyond a length are undefined.
        """
        tags = self.best_tags()
        alone, steps = self.step_log_marginals(tags)
        after = torch.nn.functional.pad(steps, (1, 0))
        return HostCopy(torch.stack([tags.to(alone), alone, after], -1))

    def segment_log_marginals(
        self, paths: Sequence[Sequence[int]], segments: Sequence[tuple[int, int, int]]
    ) -> list[float]:
        """Compute the log-marginals of segments of paths: log p(y_first, ..., y_last-1).

        Args:
            paths: The tag ids of each chain, without padding.
            segments: Chain, first token, and the token after the last.
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
    """Pick the values of the given tags, (B, T), from values of all tags, (B, T, K)."""
    return values.gather(2, tags[..., None]).squeeze(2)
