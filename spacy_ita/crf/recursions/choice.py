"""The choice of the implementation of the recursions for a device."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol, cast, get_args

import torch
from torch import Tensor

from ..potentials import Potentials
from .messages import Messages

Name = Literal["sequential", "scan", "triton"]

# Most tags that a GPU handles in one launch; more go token by token.
MOST_TAGS = 128

_forced: ContextVar[Name | None] = ContextVar("recursions", default=None)


class Recursions(Protocol):
    """The interface of a module with the recursions of a linear chain.

    No result is differentiable.

    Attributes:
        DTYPE: Precision of the potentials and of the results.
        CONVERTS: Whether it accepts potentials of any precision.
        ON_HOST: Whether it may read values; on a GPU, that waits for all that was launched.
    """

    DTYPE: torch.dtype
    CONVERTS: bool
    ON_HOST: bool

    def messages(self, chain: Potentials) -> Messages:
        """Pass the messages along the chains."""

    def marginals(self, chain: Potentials, messages: Messages) -> tuple[Tensor, Tensor]:
        """Compute the expected uses of tags and transitions by a sequence.

        Returns:
            Of each tag at each token, (B, T, K), zero beyond a length; of each transition,
            (B, K, K).
        """

    def adjoint(
        self, chain: Potentials, messages: Messages, gradient: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Backpropagate a gradient of the log-marginals to the potentials.

        Args:
            chain: The chains.
            messages: Their messages.
            gradient: Of the log-marginals, (B, T, K); zero beyond a length.

        Returns:
            The gradients of the emissions, (B, T, K), and of the transitions, (K, K).
        """

    def best_tags(self, chain: Potentials) -> Tensor:
        """Find the best sequence of each chain (Viterbi), (B, T); padding holds any tag."""


@contextmanager
def recursions(name: Name) -> Iterator[None]:
    """Run one implementation on every device within the context.

    Args:
        name: "sequential", token by token in double precision; "scan", in log2 T steps in single
            precision; "triton", in one launch, on a CPU only with `TRITON_INTERPRET=1`.

    Raises:
        ValueError: For another name.
    """
    if name not in get_args(Name):
        raise ValueError(f"recursions must be one of {', '.join(get_args(Name))}, not {name!r}")
    token = _forced.set(name)
    try:
        yield
    finally:
        _forced.reset(token)


def recursions_for(emissions: Tensor) -> Recursions:
    """Choose the implementation for a batch of chains, unless `recursions` has.

    Args:
        emissions: The chains' emissions, (B, T, K).
    """
    name = _forced.get() or _fastest(emissions.device.type, emissions.shape[2])
    return cast("Recursions", import_module(f"{__package__}.{name}"))


@cache
def _fastest(device: str, tags: int) -> Name:
    # a kernel of 256 tags takes minutes to compile, and a scan's matrices no longer fit
    if device == "cpu" or (tags > MOST_TAGS and device != "mps"):
        return "sequential"
    return "triton" if device == "cuda" and find_spec("triton") else "scan"
