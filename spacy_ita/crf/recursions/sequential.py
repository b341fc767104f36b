"""The recursions token by token, in double precision, for a CPU.

Messages are probabilities, scaled to sum to 1 at each token (Rabiner, 1989, section V.A). If a
value falls below `TINY`, the recursions start again in log space.
"""

import torch
from torch import Tensor

from ..potentials import Potentials
from . import log_space, two_way
from .messages import Messages

DTYPE = torch.float64
CONVERTS = False
ON_HOST = True
# Doubles underflow at 1e-308. In a sum of products above 1e-280, what underflows is below 1e-20.
TINY = 1e-280


def messages(chain: Potentials) -> Messages:
    """Pass the messages along the chains."""
    ends = torch.stack([chain.start, chain.end])[:, None].expand(2, len(chain.lengths), -1)
    both = two_way.both_ways(chain, chain.emissions)
    both[:, :, 0] += ends
    peaks = both.amax(-1, keepdim=True)
    first, *later = (both - peaks).exp().unbind(2)
    peak = chain.transitions.max()
    moved = torch.stack([chain.transitions, chain.transitions.T]).sub(peak).exp()
    message, arrivals, totals = first, [], []
    for emission in later:
        total = message.sum(-1, keepdim=True)
        arrival = torch.bmm(message / total, moved)
        message = arrival * emission
        totals.append(total)
        arrivals.append(arrival)
    if not arrivals:
        return two_way.join(chain, ends[:, :, None], peaks[0, :, :0, 0])
    arrived, total = torch.stack(arrivals, 2), torch.stack(totals, 2)
    # underflow before the division matters more for a small divisor
    if not _in_range(arrived * total, chain.mask[:, 1:]):
        return log_space.messages(chain)
    log_arrivals = torch.cat([ends[:, :, None], arrived.log()], 2)
    log_totals = total[0].log() + peaks[0, :, :-1] + peak
    return two_way.join(chain, log_arrivals, log_totals.squeeze(2))


def marginals(chain: Potentials, messages: Messages) -> tuple[Tensor, Tensor]:
    """Compute the expected uses of tags, (B, T, K), and of transitions, (B, K, K)."""
    # exp(forward_t[i] + transition[i, j] + emission_t+1[j] + backward_t+1[j]), normalised for each
    # t and summed over t: a product of two matrices
    left = two_way.relative(messages.forward[:, :-1])
    right = two_way.relative((messages.backward + chain.emissions)[:, 1:])
    moved = (chain.transitions - chain.transitions.max()).exp()
    total = ((left @ moved) * right).sum(-1, keepdim=True)
    if not _in_range(total, chain.mask[:, 1:]):
        return log_space.marginals(chain, messages)
    left = torch.where(chain.mask[:, 1:, None], left / total, 0.0)
    return two_way.unary(chain, messages), torch.bmm(left.transpose(1, 2), right) * moved


def adjoint(chain: Potentials, messages: Messages, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Backpropagate a gradient of the log-marginals: see `two_way.adjoint`."""
    return two_way.adjoint(chain, messages, gradient, _walk)


def _walk(steps: two_way.Steps, given: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
    moved = (steps.transitions[:, 0] - steps.transitions.max()).exp()
    arriving = two_way.relative(steps.arriving)
    # the sum of each step's weights, which normalises its conditional probabilities
    leaving = (arriving.flatten(1, 2) @ moved.transpose(1, 2)).view_as(arriving)
    if not _in_range(leaving, steps.real):
        return log_space.walk(steps, given, taken)
    share = torch.where(steps.real[..., None], leaving.reciprocal(), 0.0)
    arrived = torch.zeros_like(given[:, :, 0])
    passed = [arrived]
    steps_of = (given.unbind(2), share.unbind(2), arriving.unbind(2))
    for source, part, weight in zip(*steps_of, strict=False):
        arrived = torch.bmm((arrived + source) * part, moved) * weight
        passed.append(arrived)
    arrived = torch.stack(passed, 2)
    sources = (arrived + given)[:, :, :-1]
    sources[0] -= taken[:, :-1]
    pairs = (sources * share).flatten(1, 2).transpose(1, 2) @ arriving.flatten(1, 2)
    return arrived, pairs * moved


def best_tags(chain: Potentials) -> Tensor:
    """Find the best sequence of each chain (Viterbi), (B, T); padding repeats its last tag."""
    first, *later = chain.emissions.unbind(1)
    score = chain.start + first
    scores, pointers = [score], []
    for emission in later:
        best, pointer = (score[:, :, None] + chain.transitions).max(1)
        score = best + emission
        scores.append(score)
        pointers.append(pointer)
    tag = (chain.last(torch.stack(scores, 1)) + chain.end).argmax(1, keepdim=True)
    path = [tag]
    for real, pointer in zip(chain.mask[:, 1:, None].unbind(1)[::-1], pointers[::-1], strict=True):
        # padding points at itself, so that the last token's tag reaches back to it
        tag = torch.where(real, pointer.gather(1, tag), tag)
        path.append(tag)
    return torch.cat(path[::-1], 1)


def _in_range(values: Tensor, real: Tensor) -> bool:
    """Tell whether no value is too small, nor NaN.

    Args:
        values: Not negative, (..., T, K).
        real: Mask of the tokens that count, (B, T) bool.
    """
    if values.numel() == 0 or values.min() >= TINY:
        return True
    return bool(((values >= TINY).all(-1) | ~real).all())
