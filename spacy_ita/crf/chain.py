"""A linear chain's distribution over tag sequences: partition, marginals, best sequence.

    p(y) = exp(score(y)) / Z
    score(y) = start[y_1] + sum_t emission[t, y_t] + sum_t transition[y_t, y_t+1] + end[y_n]

Lafferty, McCallum, Pereira (2001), "Conditional random fields"; the scaled recursions are
Rabiner's (1989), section V.A. The backward recursion is the forward recursion of the reversed
chain, so one loop over the tokens runs both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.utils.rnn import pad_sequence

# A tag whose emission is further (230 nats) below the token's best counts as this far below: the
# floor keeps the scaled recursions off zero, in double precision, whatever the potentials. So
# probabilities under constraints are exact as long as the tags that they allow are no further.
FLOOR = 1e-100
TINY = 1e-300
FORBIDDEN = -1e4


@dataclass(frozen=True)
class Messages:
    """What the recursions pass along the chain: logs, in double; beyond a length: undefined.

    forward: (B, T, K) log of the summed exp(score) of all prefixes that end in the tag at the
        token, its emission included.
    backward: (B, T, K) the same of all suffixes that follow the tag at the token, its emission
        not included: forward + backward - log_partition is the log-marginal.
    log_partition: (B,) log Z.
    """

    forward: Tensor
    backward: Tensor
    log_partition: Tensor


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
        return self._map(Tensor.double)

    def temper(self, temperature: float) -> "LinearChain":
        """The distribution with p(y) proportional to exp(score(y) / temperature)."""
        return self._map(lambda potential: potential / temperature)

    def select(self, rows: Sequence[int]) -> "LinearChain":
        """The chains of these rows of the batch; on a CPU without padding that none of them needs,
        which elsewhere would take a wait for the device."""
        index = torch.tensor(rows).to(self.lengths.device, non_blocking=True)
        lengths, emissions = self.lengths[index], self.emissions[index]
        if lengths.device.type == "cpu":
            emissions = emissions[:, : int(lengths.max())]
        return replace(self, emissions=emissions, lengths=lengths)

    def restrict(self, allowed: Tensor) -> "LinearChain":
        """The chain over the sequences of allowed tags alone. allowed: (B, T, K) bool."""
        return replace(self, emissions=torch.where(allowed, self.emissions, FORBIDDEN))

    def _map(self, change: Callable[[Tensor], Tensor]) -> "LinearChain":
        return replace(
            self,
            emissions=change(self.emissions),
            transitions=change(self.transitions),
            start=change(self.start),
            end=change(self.end),
        )

    @cached_property
    def mask(self) -> Tensor:
        """(B, T) bool: whether a position is a token of its chain."""
        return self._positions < self.lengths[:, None]

    @cached_property
    def _positions(self) -> Tensor:
        return torch.arange(self.emissions.shape[1], device=self.emissions.device)

    def score(self, tags: Tensor) -> Tensor:
        """(B,) the score of one sequence each. tags: (B, T) int; padding may hold any tag."""
        emitted = self.emissions.gather(2, tags[..., None]).squeeze(2) * self.mask
        moved = self.transitions[tags[:, :-1], tags[:, 1:]] * self.mask[:, 1:]
        last = tags.gather(1, self.lengths[:, None] - 1).squeeze(1)
        return self.start[tags[:, 0]] + emitted.sum(1) + moved.sum(1) + self.end[last]

    def expected_score(self, marginals: Marginals) -> Tensor:
        """(B,) E_p[score] of sequences drawn from the distribution p with these marginals."""
        last = marginals.unary.gather(1, self._last()).squeeze(1)
        return (
            (marginals.unary * self.emissions).sum((1, 2))
            + (marginals.pairwise * self.transitions).sum((1, 2))
            + marginals.unary[:, 0] @ self.start
            + last @ self.end
        )

    def log_partition(self) -> Tensor:
        """(B,) log Z. Its gradient is the marginals, from the same pass, in closed form."""
        return _LogPartition.apply(
            self.emissions, self.lengths, self.transitions, self.start, self.end
        )

    def messages(self) -> Messages:
        """The forward and backward messages, differentiable by autograd."""
        # In double precision two tags' messages may differ by 690 nats before one is lost.
        emissions, transitions = self.emissions.double(), self.transitions.double()
        ends = torch.stack([self.start, self.end]).double()
        both = torch.stack([emissions, self._reverse(emissions)])
        peaks = both.amax(-1, keepdim=True).detach()
        emitted = (both - peaks).exp().clamp_min(FLOOR)
        peak = transitions.max().detach()
        moved = torch.stack([transitions, transitions.T]).sub(peak).exp()
        end_peaks = ends.amax(1, keepdim=True).detach()
        arrival = (ends - end_peaks).exp().clamp_min(FLOOR)[:, None].expand_as(both[:, :, 0])
        arrivals, messages, totals = [], [], []
        for emission in emitted.unbind(2):
            message = arrival * emission
            total = message.sum(-1, keepdim=True)
            message = message / total
            arrivals.append(arrival[1])
            messages.append(message[0])
            totals.append(total)
            arrival = torch.bmm(message, moved)
        log_totals = torch.stack(totals, 2).log() + peaks
        scales = (
            log_totals.cumsum(2) + peak * self._positions[:, None] + end_peaks[:, :, None, None]
        )
        forward = torch.stack(messages, 1).clamp_min(TINY).log() + scales[0]
        backward = torch.stack(arrivals, 1).clamp_min(TINY).log() + (scales - log_totals)[1]
        final = forward.gather(1, self._last()).squeeze(1) + ends[1]
        return Messages(forward, self._reverse(backward), final.logsumexp(1))

    def log_marginals(self) -> Tensor:
        """(B, T, K) log p(y_t = k), differentiable by autograd; beyond a length: undefined."""
        messages = self.messages()
        return (messages.forward + messages.backward).log_softmax(-1).to(self.emissions.dtype)

    def marginals(self) -> Marginals:
        """The exact unary and summed pairwise marginals, and the partition they come with."""
        with torch.no_grad():
            dtype = self.emissions.dtype
            messages = self.messages()
            joint = messages.forward + messages.backward
            unary = torch.where(self.mask[..., None], joint.softmax(-1), 0.0)
            # exp(forward_t[i] + transition[i, j] + emission_t+1[j] + backward_t+1[j]), normalised
            # for each t and summed over t: a product of two matrices.
            left = messages.forward[:, :-1].softmax(-1)
            right = (messages.backward + self.emissions)[:, 1:].softmax(-1)
            moved = (self.transitions.double() - self.transitions.max()).exp()
            total = ((left @ moved) * right).sum(-1, keepdim=True).clamp_min(TINY)
            left = torch.where(self.mask[:, 1:, None], left / total, 0.0)
            pairwise = torch.bmm(left.transpose(1, 2), right) * moved
            return Marginals(unary.to(dtype), pairwise.to(dtype), messages.log_partition.to(dtype))

    def segment_log_marginals(
        self, paths: Sequence[Sequence[int]], segments: Sequence[tuple[int, int, int]]
    ) -> list[float]:
        """log p(y_first..y_last-1 = the path's tags there), summed over all else, a segment.

        paths: a tag sequence for each chain, of its length. segments: (chain, first, last).
        """
        with torch.no_grad():
            messages = self.messages()
            tags = pad_sequence([torch.tensor(path) for path in paths], batch_first=True)
            tags = tags.to(self.lengths.device)
            emitted, forward, backward = (
                values.gather(2, tags[..., None]).squeeze(2)
                for values in (self.emissions.double(), messages.forward, messages.backward)
            )
            steps = emitted[:, 1:] + self.transitions.double()[tags[:, :-1], tags[:, 1:]]
            walked = torch.nn.functional.pad(steps.cumsum(1), (1, 0))
            opened, closed = forward - walked, backward + walked
            chains, first, last = torch.tensor(segments, dtype=torch.long).reshape(-1, 3).unbind(1)
            total = messages.log_partition[chains]
            return (opened[chains, first] + closed[chains, last - 1] - total).tolist()

    def decode(self) -> list[list[int]]:
        """The best sequence of each chain (Viterbi)."""
        with torch.no_grad():
            steps = self.emissions.shape[1]
            score = self.start + self.emissions[:, 0]
            scores, pointers = [score], []
            for t in range(1, steps):
                best, pointer = (score[:, :, None] + self.transitions).max(1)
                score = best + self.emissions[:, t]
                scores.append(score)
                pointers.append(pointer)
            final = torch.stack(scores, 1).gather(1, self._last()).squeeze(1) + self.end
            tag = final.argmax(1, keepdim=True)
            path = [tag]
            for t in range(steps - 1, 0, -1):
                # Padding points at itself, so that the last token's tag reaches back to it.
                tag = torch.where(self.mask[:, t : t + 1], pointers[t - 1].gather(1, tag), tag)
                path.append(tag)
            best_tags = torch.cat(path[::-1], 1).tolist()
            return [
                row[:length] for row, length in zip(best_tags, self.lengths.tolist(), strict=True)
            ]

    def _last(self) -> Tensor:
        index = (self.lengths - 1)[:, None, None]
        return index.expand(-1, 1, self.emissions.shape[2])

    def _reverse(self, values: Tensor) -> Tensor:
        """(B, T, K) with each chain's tokens in the opposite order, padding still last."""
        mirrored = (self.lengths[:, None] - 1 - self._positions).clamp_min(0)
        return values.gather(1, mirrored[..., None].expand_as(values))


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *potentials: Tensor) -> Tensor:
        chain = LinearChain(*potentials)
        marginals = chain.marginals()
        last = marginals.unary.gather(1, chain._last()).squeeze(1)
        ctx.save_for_backward(marginals.unary, marginals.pairwise, last)
        return marginals.log_partition

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        unary, pairwise, last = ctx.saved_tensors
        return (
            grad[:, None, None] * unary,
            None,
            torch.einsum("b,bij->ij", grad, pairwise),
            grad @ unary[:, 0],
            grad @ last,
        )
