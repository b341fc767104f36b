"""The recursions in one launch each, in double precision, for a GPU with Triton.

Each is an operator of torch, so that profilers and tracers see the launch.

Let u be 2^-53, T and K the numbers of tokens and tags, and D the largest difference between the
scores of two tags plus that between two transitions. A step sums K products of exponentials of at
most D, all positive, so rounding multiplies each message by 1 ± (D + K + 8) u at most, and sums of
positive numbers don't amplify it. A log-marginal is a sum of messages less the log of such sums:
its error is at most 2 (T + 6) (D + K + 8) u. That is below 3e-10 for 2,048 tokens, 81 tags, and
scores 400 apart.
"""

from collections.abc import Callable
from typing import Any

import torch
import triton
from torch import Tensor

from ..potentials import Potentials
from . import triton_kernels as kernels
from .messages import Messages

DTYPE = torch.float64
CONVERTS = True
ON_HOST = False

# fewest tokens whose transitions one program counts, and most counts that all programs may write
PART = 16
MOST_COUNTS = 2**22
# transition weights for each warp where each weight takes an exponential
EXPONENTIALS = 256

Operator = Callable[..., Any]

_LIBRARY = torch.library.Library("spacy_ita", "FRAGMENT")


def messages(chain: Potentials) -> Messages:
    """Pass the messages along the chains."""
    return Messages(*_messages(*_tensors(chain), chain.start, chain.end))


def marginals(chain: Potentials, messages: Messages) -> tuple[Tensor, Tensor]:
    """Compute the expected uses of tags, (B, T, K), and of transitions, (B, K, K)."""
    unary, pairwise = _marginals(*_tensors(chain), messages.forward, messages.backward)
    return unary, pairwise.sum(1)


def adjoint(chain: Potentials, messages: Messages, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Backpropagate a gradient of the log-marginals: see `two_way.adjoint`."""
    passed, moved = _adjoint(
        *_tensors(chain), messages.forward, messages.backward, gradient, gradient.sum((1, 2))
    )
    return passed.sum(1), moved.sum((0, 1))


def best_tags(chain: Potentials) -> Tensor:
    """Find the best sequence of each chain (Viterbi), (B, T); padding holds 0."""
    found: Tensor = _best_tags(*_tensors(chain), chain.start, chain.end)
    return found


def _tensors(chain: Potentials) -> tuple[Tensor, ...]:
    """Return the tensors that all kernels read first, in row-major order."""
    return chain.emissions.contiguous(), chain.lengths, chain.transitions.contiguous()


def _operator(schema: str) -> Callable[[Operator], Operator]:
    """Register a function as an operator of torch, without a gradient."""

    def register(run: Operator) -> Operator:
        # unlike `torch.library.custom_op`, which imports torch's compiler and costs 70 us a call
        name = _LIBRARY.define(schema)
        _LIBRARY.impl(name, run, "CompositeExplicitAutograd")
        operator: Operator = getattr(torch.ops.spacy_ita, name)
        return operator

    return register


@_operator(
    "crf_messages(Tensor emissions, Tensor lengths, Tensor transitions, Tensor start, Tensor end)"
    " -> (Tensor, Tensor, Tensor)"
)
def _messages(emissions: Tensor, lengths: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
    found = (
        torch.empty_like(emissions, dtype=DTYPE),
        torch.empty_like(emissions, dtype=DTYPE),
        emissions.new_empty(len(lengths), dtype=DTYPE),
    )
    _launch(kernels.messages_kernel, (len(lengths), 2), emissions, lengths, *weights, *found)
    return found


@_operator(
    "crf_marginals(Tensor emissions, Tensor lengths, Tensor transitions, Tensor forward,"
    " Tensor backward) -> (Tensor, Tensor)"
)
def _marginals(emissions: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    batch, steps, tags = emissions.shape
    parts = min(triton.cdiv(steps, PART), max(1, MOST_COUNTS // (batch * tags * tags)))
    pairs = emissions.new_empty(batch, parts, tags, tags, dtype=DTYPE)
    found = (torch.empty_like(emissions, dtype=DTYPE), pairs)
    tensors = (emissions, *others, *found)
    part = triton.cdiv(steps, parts)
    _launch(kernels.marginals_kernel, (batch, parts), *tensors, weights=EXPONENTIALS, part=part)
    return found


@_operator(
    "crf_adjoint(Tensor emissions, Tensor lengths, Tensor transitions, Tensor forward,"
    " Tensor backward, Tensor gradient, Tensor sums) -> (Tensor, Tensor)"
)
def _adjoint(emissions: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    batch, steps, tags = emissions.shape
    found = (
        emissions.new_zeros(batch, 2, steps, tags, dtype=DTYPE),
        emissions.new_empty(batch, 2, tags, tags, dtype=DTYPE),
    )
    tensors = (emissions, *others, *found)
    _launch(kernels.adjoint_kernel, (batch, 2), *tensors, weights=EXPONENTIALS)
    return found


@_operator(
    "crf_best_tags(Tensor emissions, Tensor lengths, Tensor transitions, Tensor start, Tensor end)"
    " -> Tensor"
)
def _best_tags(emissions: Tensor, lengths: Tensor, *weights: Tensor) -> Tensor:
    path = lengths.new_zeros(emissions.shape[:2])
    pointers = torch.empty_like(emissions, dtype=torch.int16)
    tensors = (emissions, lengths, *weights, pointers, path)
    _launch(kernels.best_tags_kernel, (len(lengths),), *tensors)
    return path


def _launch(
    kernel: Any, grid: tuple[int, ...], *tensors: Tensor, weights: int = 1024, **sizes: int
) -> None:
    """Launch a kernel on the tensors' device.

    Args:
        kernel: The kernel.
        grid: Number of its programs, in each dimension.
        tensors: The kernel's tensors; the first are the emissions, (B, T, K).
        weights: Transition weights for each warp.
        sizes: The kernel's sizes beside the number of tokens and of tags.
    """
    steps, tags = tensors[0].shape[1:]
    block = max(triton.next_power_of_2(tags), 16)
    warps = min(max(block * block // weights, 1), 16)
    with torch.cuda.device_of(tensors[0]):
        kernel[grid](*tensors, steps, tags, *sizes.values(), BLOCK=block, num_warps=warps)
