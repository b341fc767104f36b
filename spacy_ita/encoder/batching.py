"""Rows of like length together, so that little padding is computed."""

from collections.abc import Sequence

# What a further call of the encoder costs, in pieces: below it, padding is the cheaper.
CALL_COST = 64


def batch_by_pieces(lengths: Sequence[int], max_pieces: int) -> list[list[int]]:
    """The rows' indices in batches of at most `max_pieces`, padding included, shortest first.

    A batch ends where the padding that a longer row would bring costs more than a new call.
    A row longer than `max_pieces` is a batch of its own.
    """
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches:
            batch = batches[-1]
            padding = (lengths[i] - lengths[batch[-1]]) * len(batch)
            if padding <= CALL_COST and lengths[i] * (len(batch) + 1) <= max_pieces:
                batch.append(i)
                continue
        batches.append([i])
    return batches
