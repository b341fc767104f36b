"""Both directions of a batch of chains as one batch.

The backward recursion is the forward recursion of the reversed chain, so one loop over the tokens
runs both.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .messages import Messages

if TYPE_CHECKING:
    from ..chain import LinearChain

Walk = Callable[["Steps", Tensor, Tensor], tuple[Tensor, Tensor]]


class Steps:
    """The steps between neighbouring tokens, from each tag to each, in both directions.

    transitions: (2, 1, K, K). arriving: (2, B, T - 1, K) log weight of each tag to step to, its
    transition not included: a step's conditional distribution is the softmax over both.
    real: (B, T - 1) bool: whether both tokens are in the chain.
    """

    def __init__(self, chain: "LinearChain", messages: Messages) -> None:
        arriving = messages.backward + chain.emissions
        self.transitions = torch.stack([chain.transitions, chain.transitions.T])[:, None]
        self.arriving = torch.stack([arriving, reverse(chain, messages.forward)])[:, :, 1:]
        self.real = chain.mask[:, 1:]


def both_ways(chain: "LinearChain", values: Tensor) -> Tensor:
    """(2, B, T, K) the values of the tokens in order and in reverse. values: (B, T, K)."""
    return torch.stack([values, reverse(chain, values)])


def reverse(chain: "LinearChain", values: Tensor) -> Tensor:
    """(B, T, K) with each chain's tokens in the opposite order, padding still last."""
    steps = torch.arange(values.shape[1], device=values.device)
    mirrored = (chain.lengths[:, None] - 1 - steps).clamp_min(0)
    return values.gather(1, mirrored[..., None].expand_as(values))


def join(chain: "LinearChain", arrivals: Tensor, log_totals: Tensor) -> Messages:
    """Make messages of what both recursions found.

    Args:
        chain: The chains.
        arrivals: (2, B, T, K) log of what arrives at each tag, its emission not included.
        log_totals: (B, T - 1) log of what the forward arrivals after the first were divided by.
    """
    forward = arrivals[0] + chain.emissions
    divided = (log_totals * chain.mask[:, 1:]).sum(1)
    log_partition = (chain.last(forward) + chain.end).logsumexp(1) + divided
    return Messages(forward, reverse(chain, arrivals[1]), log_partition)


def relative(logs: Tensor) -> Tensor:
    """exp(logs), divided by the largest of the last axis: a softmax but for a factor."""
    # torch's softmax of few doubles takes several times as long on a CPU
    return (logs - logs.amax(-1, keepdim=True)).exp()


def unary(chain: "LinearChain", messages: Messages) -> Tensor:
    """(B, T, K) p(y_t = k), zero beyond a length."""
    found = relative(messages.forward + messages.backward)
    return torch.where(chain.mask[..., None], found / found.sum(-1, keepdim=True), 0.0)


def adjoint(
    chain: "LinearChain", messages: Messages, gradient: Tensor, walk: Walk
) -> tuple[Tensor, Tensor]:
    """Take a gradient of the log-marginals back to the potentials.

    The log-marginal of tag k at token t changes with a potential elsewhere by the potential's
    probability given (t, k), less its probability. So the gradient walks from each token along
    the chain's conditional distributions, in both directions.

    Args:
        chain: The chains.
        messages: Their messages.
        gradient: (B, T, K) of the log-marginals, zero beyond a length.
        walk: Walks the steps: from the steps, the gradient that each token gives, (2, B, T, K),
            and what its tags' own probabilities take off the transitions, to what arrives at each
            token, (2, B, T, K), and the transitions' gradient, (2, K, K) from tag to tag.

    Returns:
        The gradients of the emissions, (B, T, K), and of the transitions, (K, K). Those of start
        and end are the emissions' at a chain's first and last token.
    """
    taken = gradient.sum((1, 2))[:, None, None] * unary(chain, messages)
    passed, moved = walk(Steps(chain, messages), both_ways(chain, gradient), taken)
    emissions = passed[0] + reverse(chain, passed[1]) + gradient - taken
    return torch.where(chain.mask[..., None], emissions, 0.0), moved[0] + moved[1].T
