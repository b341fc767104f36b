"""The recursions in one launch each, in double precision: the way of a GPU with Triton.

Each is an operator of torch, so that whoever counts or traces operators sees the launch.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
import triton
from torch import Tensor

from . import triton_kernels as kernels
from .messages import Messages

if TYPE_CHECKING:
    from ..chain import LinearChain

DTYPE = torch.float64
CONVERTS = True
ON_HOST = False

# tokens whose transitions one program counts, at least, and the most counts that all may write
PART = 16
MOST_COUNTS = 2**22
# weights of transitions to a warp where each takes an exponential
EXPONENTIALS = 256

Operator = Callable[..., Any]

_LIBRARY = torch.library.Library("spacy_ita", "FRAGMENT")


def messages(chain: "LinearChain") -> Messages:
    """Pass the messages along the chains."""
    return Messages(*_messages(*_tensors(chain), chain.start, chain.end))


def marginals(chain: "LinearChain", messages: Messages) -> tuple[Tensor, Tensor]:
    """Count the uses of each tag and each transition: see `sequential.marginals`."""
    unary, pairwise = _marginals(*_tensors(chain), messages.forward, messages.backward)
    return unary, pairwise.sum(1)


def adjoint(chain: "LinearChain", messages: Messages, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Take a gradient of the log-marginals back to the potentials: see `two_way.adjoint`."""
    passed, moved = _adjoint(
        *_tensors(chain), messages.forward, messages.backward, gradient, gradient.sum((1, 2))
    )
    return passed.sum(1), moved.sum((0, 1))


def best_tags(chain: "LinearChain") -> Tensor:
    """(B, T) the best sequence of each chain (Viterbi); beyond a length: 0."""
    found: Tensor = _best_tags(*_tensors(chain), chain.start, chain.end)
    return found


def _tensors(chain: "LinearChain") -> tuple[Tensor, ...]:
    """What all kernels read first, as they read it: row by row."""
    return chain.emissions.contiguous(), chain.lengths, chain.transitions.contiguous()


def _operator(schema: str) -> Callable[[Operator], Operator]:
    """Make an operator of a function without a gradient."""

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

    tensors: the kernel's, first the emissions, (B, T, K). weights: of transitions, to a warp.
    """
    steps, tags = tensors[0].shape[1:]
    block = max(triton.next_power_of_2(tags), 16)
    warps = min(max(block * block // weights, 1), 16)
    with torch.cuda.device_of(tensors[0]):
        kernel[grid](*tensors, steps, tags, *sizes.values(), BLOCK=block, num_warps=warps)
