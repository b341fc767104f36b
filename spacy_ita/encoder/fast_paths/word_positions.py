"""Where words stand in the lines that this thread's encoder reads, and what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor, arange

_POSITIONS: ContextVar[Tensor | None] = ContextVar("positions", default=None)


def word_positions() -> Tensor | None:
    """Return the positions that the last layer is asked for, (B, S); None for all."""
    return _POSITIONS.get()


@contextmanager
def asking_for(positions: Tensor) -> Iterator[None]:
    """Ask the last layer for some positions alone, (B, S), within the context."""
    token = _POSITIONS.set(positions)
    try:
        yield
    finally:
        _POSITIONS.reset(token)


def vectors_at(hidden: Tensor, positions: Tensor) -> Tensor:
    """hidden: (B, T, H); positions: (B, S). Returns (B, S, H)."""
    starts = arange(len(hidden), device=hidden.device).unsqueeze(1) * hidden.shape[1]
    found = hidden.flatten(0, 1).index_select(0, (starts + positions).flatten())
    return found.view(*positions.shape, -1)


def mask_of_words(mask: Tensor, positions: Tensor) -> Tensor:
    """What some queries attend to. mask: (B, N, T or 1, T); positions: (B, S)."""
    if mask.shape[2] == 1:
        return mask
    places = positions[:, None, :, None].expand(-1, mask.shape[1], -1, mask.shape[3])
    return mask.gather(2, places)
