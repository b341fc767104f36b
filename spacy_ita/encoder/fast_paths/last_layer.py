"""The last layer for the words alone: what the head doesn't read there is not computed.

Keys and values need every subword. Queries, and the feed-forward network that follows, need only
the subwords that stand for a word: in a row with a context these are few.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from .packable_encoders import stack_of
from .word_positions import asking_for, vectors_at


@contextmanager
def words_alone(encoder: nn.Module, positions: Tensor) -> Iterator[Callable[[Tensor], Tensor]]:
    """Have the encoder's last layer return the vectors at some positions alone, if it can.

    Args:
        encoder: The encoder.
        positions: The positions in each row, (B, S).

    Yields:
        A function from the encoder's last hidden state to the vectors at the positions, (B, S, H).
    """
    if not gives_words(encoder):
        yield lambda hidden: vectors_at(hidden, positions)
        return
    with asking_for(positions):
        yield lambda words: words


def gives_words(encoder: nn.Module) -> bool:
    """Whether the encoder's last layer reads for the words alone when it is asked to."""
    config: Any = encoder.config
    # an encoder that returns more than the last vectors reads in its own way
    if stack_of(encoder) is None or config.output_hidden_states or config.output_attentions:
        return False
    # a layer that is recomputed for its gradient is called when the positions are gone
    return not (encoder.training and any(map(_recomputed, encoder.modules())))


def _recomputed(module: nn.Module) -> bool:
    return bool(vars(module).get("gradient_checkpointing"))
