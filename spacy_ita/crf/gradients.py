"""Gradients of a chain's distribution in closed form, without a tape as long as the text."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .marginals import Marginals
from .potentials import Potentials
from .recursions import Messages, recursions_for

Gradients = tuple[Tensor | None, ...]


class LogPartition(torch.autograd.Function):
    """log Z, (B,). Its gradient is the expected number of uses of each potential."""

    @staticmethod
    def forward(ctx: Any, chain: Potentials, marginals: Marginals, *potentials: Tensor) -> Tensor:
        """Return log Z.

        Args:
            ctx: Keeps what the gradient needs.
            chain: The chains.
            marginals: Their marginals.
            potentials: Their emissions, transitions, start and end.
        """
        ctx.lengths = chain.lengths
        ctx.save_for_backward(marginals.unary, marginals.pairwise)
        return marginals.log_partition

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Gradients:
        """Return the gradients of what `forward` took, given that of log Z, (B,)."""
        unary, pairwise = ctx.saved_tensors
        transitions = torch.einsum("b,bij->ij", grad, pairwise)
        return _gradients(grad[:, None, None] * unary, transitions, ctx.lengths)


class LogMarginals(torch.autograd.Function):
    """log p(y_t = k), (B, T, K). Its gradient walks the chain's conditional distributions."""

    @staticmethod
    def forward(ctx: Any, chain: Potentials, messages: Messages, *potentials: Tensor) -> Tensor:
        """Return the log-marginals.

        Args:
            ctx: Keeps what the gradient needs.
            chain: The chains.
            messages: Their messages.
            potentials: Their emissions, transitions, start and end.
        """
        # autograd's threads for other devices don't see what `recursions` chose
        ctx.recursions = recursions_for(chain.emissions)
        ctx.chain, ctx.messages = chain.detach(), messages
        return (messages.forward + messages.backward).log_softmax(-1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Gradients:
        """Return the gradients of what `forward` took, given that of the log-marginals, (B, T, K).

        The values of `grad` beyond a length are ignored.
        """
        chain = ctx.chain if ctx.recursions.CONVERTS else ctx.chain.to(ctx.recursions.DTYPE)
        grad = torch.where(chain.mask[..., None], grad, 0.0)
        emissions, transitions = ctx.recursions.adjoint(chain, ctx.messages, grad)
        return _gradients(emissions, transitions, chain.lengths)


def _gradients(emissions: Tensor, transitions: Tensor, lengths: Tensor) -> Gradients:
    """Collect the gradients: those of start and end are the first and last tokens' emissions'."""
    last = emissions.gather(1, (lengths - 1)[:, None, None].expand_as(emissions[:, :1]))
    return None, None, emissions, transitions, emissions[:, 0].sum(0), last.sum((0, 1))
