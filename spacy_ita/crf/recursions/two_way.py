"""Both directions of a batch of chains as one batch.

The backward recursion is the forward recursion of the reversed chain, so one loop over the tokens
runs both.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ..potentials import Potentials
from .messages import Messages

Walk = Callable[["Steps", Tensor, Tensor], tuple[Tensor, Tensor]]


class Steps:
    """The steps between neighbouring tokens, from each tag to each, in both directions.

    The conditional distribution of a step is the softmax of `transitions + arriving`.

    Attributes:
        transitions: Score of each transition, (2, 1, K, K).
        arriving: Log weight of each tag to step to, without the transition, (2, B, T - 1, K).
        real: Mask of the steps between two tokens of a chain, (B, T - 1) bool.
    """

    def __init__(self, chain: Potentials, messages: Messages) -> None:
        arriving = messages.backward + chain.emissions
        self.transitions = torch.stack([chain.transitions, chain.transitions.T])[:, None]
        self.arriving = torch.stack([arriving, reverse(chain, messages.forward)])[:, :, 1:]
        self.real = chain.mask[:, 1:]


def both_ways(chain: Potentials, values: Tensor) -> Tensor:
    """Stack values of the tokens, (B, T, K), in order and in reverse, (2, B, T, K)."""
    return torch.stack([values, reverse(chain, values)])


def reverse(chain: Potentials, values: Tensor) -> Tensor:
    """Reverse the tokens of each chain, (B, T, K), with padding still last."""
    steps = torch.arange(values.shape[1], device=values.device)
    mirrored = (chain.lengths[:, None] - 1 - steps).clamp_min(0)
    return values.gather(1, mirrored[..., None].expand_as(values))


def join(chain: Potentials, arrivals: Tensor, log_totals: Tensor) -> Messages:
    """Combine the results of both directions into messages.

    Args:
        chain: The chains.
        arrivals: Log weight that arrives at each tag, without its emission, (2, B, T, K).
        log_totals: Logs of the divisors of the forward arrivals after the first, (B, T - 1).
    """
    forward = arrivals[0] + chain.emissions
    divided = (log_totals * chain.mask[:, 1:]).sum(1)
    log_partition = (chain.last(forward) + chain.end).logsumexp(1) + divided
    return Messages(forward, reverse(chain, arrivals[1]), log_partition)


def relative(logs: Tensor) -> Tensor:
    """Compute exp(logs), divided by the largest along the last axis: a softmax up to a factor."""
    # several times as fast as torch's softmax for a few doubles on a CPU
    return (logs - logs.amax(-1, keepdim=True)).exp()


def unary(chain: Potentials, messages: Messages) -> Tensor:
    """Compute p(y_t = k), (B, T, K); zero beyond a length."""
    found = relative(messages.forward + messages.backward)
    return torch.where(chain.mask[..., None], found / found.sum(-1, keepdim=True), 0.0)


def adjoint(
    chain: Potentials, messages: Messages, gradient: Tensor, walk: Walk
) -> tuple[Tensor, Tensor]:
    """Backpropagate a gradient of the log-marginals to the potentials.

    The derivative of the log-marginal of tag k at token t by a potential elsewhere is the
    probability that the potential is used given (t, k), minus its marginal probability. So the
    gradient walks from each token along the chain's conditional distributions, in both directions.

    Args:
        chain: The chains.
        messages: Their messages.
        gradient: Of the log-marginals, (B, T, K); zero beyond a length.
        walk: Walks the steps. Takes the steps, the gradient at each token, (2, B, T, K), and the
            share that the marginals take off the transitions, (B, T, K). Returns the gradient that
            arrives at each token, (2, B, T, K), and that of the transitions, (2, K, K).

    Returns:
        The gradients of the emissions, (B, T, K), and of the transitions, (K, K). Those of start
        and end are the emissions' gradients at a chain's first and last token.
    """
    taken = gradient.sum((1, 2))[:, None, None] * unary(chain, messages)
    passed, moved = walk(Steps(chain, messages), both_ways(chain, gradient), taken)
    emissions = passed[0] + reverse(chain, passed[1]) + gradient - taken
    return torch.where(chain.mask[..., None], emissions, 0.0), moved[0] + moved[1].T
