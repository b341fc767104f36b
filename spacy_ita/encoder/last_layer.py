"""The last layer for the words alone: what the head doesn't read there is not computed.

Keys and values need every piece. Queries, and the feed-forward network that follows, need only
the pieces that stand for a word: in a row with a context these are few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

from torch import Tensor, arange, nn

from .stacks import stack_of

_POSITIONS: ContextVar[Tensor | None] = ContextVar("positions", default=None)
_ADDING = Lock()


@contextmanager
def words_alone(encoder: nn.Module, positions: Tensor) -> Iterator[Callable[[Tensor], Tensor]]:
    """Within, the encoder's last layer gives the vectors at the positions alone, if it can.

    positions: (B, S), of each row. Yields what makes (B, S, H) of the encoder's last hidden state.
    """
    attention = last_attention(encoder)
    if attention is None:
        yield lambda hidden: vectors_at(hidden, positions)
        return
    # A hook that came and went with each call would do so under the hands of other threads.
    with _ADDING:
        if _narrow not in attention._forward_pre_hooks.values():
            attention.register_forward_pre_hook(_narrow, with_kwargs=True)
    token = _POSITIONS.set(positions)
    try:
        yield lambda words: words
    finally:
        _POSITIONS.reset(token)


def _narrow(module: nn.Module, args: Any, kwargs: Any) -> Any:
    """What the attention reads: the vectors at this thread's positions, which attend to all."""
    positions = _POSITIONS.get()
    if positions is None:
        return None
    hidden, mask, *others = args
    if mask is not None and mask.shape[2] > 1:
        # what each query attends to
        places = positions[:, None, :, None].expand(-1, mask.shape[1], -1, mask.shape[3])
        mask = mask.gather(2, places)
    everything = {"encoder_hidden_states": hidden, "encoder_attention_mask": mask}
    return (vectors_at(hidden, positions), mask, *others), {**kwargs, **everything}


def last_attention(encoder: nn.Module) -> nn.Module | None:
    """The attention of the last layer, where it can be asked for a few positions."""
    stack = stack_of(encoder)
    # a layer that is recomputed for its gradient is called when the positions are gone
    if stack is None or (stack.gradient_checkpointing and stack.training):
        return None
    return stack.layer[-1].attention


def vectors_at(hidden: Tensor, positions: Tensor) -> Tensor:
    """hidden: (B, T, H); positions: (B, S). Returns (B, S, H)."""
    starts = arange(len(hidden), device=hidden.device).unsqueeze(1) * hidden.shape[1]
    found = hidden.flatten(0, 1).index_select(0, (starts + positions).flatten())
    return found.view(*positions.shape, -1)
