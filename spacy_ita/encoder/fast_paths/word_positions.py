"""Positions of the words in the lines that this thread's encoder reads, and the vectors there."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import Tensor, arange

_POSITIONS: ContextVar[Tensor | None] = ContextVar("positions", default=None)


def word_positions() -> Tensor | None:
    """Return the positions whose vectors the last layer computes, (B, S); None for all."""
    return _POSITIONS.get()


@contextmanager
def asking_for(positions: Tensor) -> Iterator[None]:
    """Have the last layer compute only the vectors at some positions, (B, S)."""
    token = _POSITIONS.set(positions)
    try:
        yield
    finally:
        _POSITIONS.reset(token)


def vectors_at(hidden: Tensor, positions: Tensor) -> Tensor:
    """Select vectors by their positions.

    Args:
        hidden: Vectors, (B, T, H).
        positions: Positions in each line, (B, S).

    Returns:
        The vectors, (B, S, H).
    """
    starts = arange(len(hidden), device=hidden.device).unsqueeze(1) * hidden.shape[1]
    found = hidden.flatten(0, 1).index_select(0, (starts + positions).flatten())
    return found.view(*positions.shape, -1)


def mask_of_words(mask: Tensor, positions: Tensor) -> Tensor:
    """Select the rows of a mask that belong to some queries.

    Args:
        mask: A mask of all queries, (B, N, T or 1, T).
        positions: Positions of the queries, (B, S).

    Returns:
        The mask of the queries, (B, N, S or 1, T).
    """
    if mask.shape[2] == 1:
        return mask
    places = positions[:, None, :, None].expand(-1, mask.shape[1], -1, mask.shape[3])
    return mask.gather(2, places)
