"""The last layer for the words alone: what the head doesn't read there is not computed.

Keys and values need every piece. Queries, and the feed-forward network that follows, need only
the pieces that stand for a word: in a row with a context these are few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from torch import Tensor, nn

from .stacks import BERT_KIN, stack_of
from .word_positions import asking_for, mask_of_words, vectors_at, word_positions

_ADDING = Lock()


@contextmanager
def words_alone(encoder: nn.Module, positions: Tensor) -> Iterator[Callable[[Tensor], Tensor]]:
    """Have the encoder's last layer give the vectors at some positions alone, if it can.

    positions: (B, S), of each row. Yields what makes (B, S, H) of the encoder's last hidden state.
    """
    if not gives_words(encoder):
        yield lambda hidden: vectors_at(hidden, positions)
        return
    with asking_for(positions):
        yield lambda words: words


def gives_words(encoder: nn.Module) -> bool:
    """Whether the encoder's last layer reads for the words alone when it is asked to."""
    stack = stack_of(encoder)
    if hasattr(stack, "gives_words"):
        return bool(stack.gives_words)
    attention = last_attention(encoder)
    if attention is None:
        return False
    # A hook that came and went with each call would do so under the hands of other threads.
    with _ADDING:
        if _narrow not in attention._forward_pre_hooks.values():
            attention.register_forward_pre_hook(_narrow, with_kwargs=True)
    return True


def last_attention(encoder: nn.Module) -> nn.Module | None:
    """The attention of the last layer of BERT's kin, where it can be asked for a few positions."""
    stack = stack_of(encoder)
    # a layer that is recomputed for its gradient is called when the positions are gone
    if type(stack).__name__ not in BERT_KIN or (stack.gradient_checkpointing and stack.training):
        return None
    attention: nn.Module = stack.layer[-1].attention
    return attention


def _narrow(module: nn.Module, args: Any, kwargs: Any) -> Any:
    """What the attention reads: the vectors at this thread's positions, which attend to all."""
    positions = word_positions()
    if positions is None:
        return None
    hidden, mask, *others = args
    if mask is not None:
        mask = mask_of_words(mask, positions)
    everything = {"encoder_hidden_states": hidden, "encoder_attention_mask": mask}
    return (vectors_at(hidden, positions), mask, *others), {**kwargs, **everything}
