"""Plans of batches that compute little padding.

Among many rows, those of similar length make a batch with little padding. An update has few rows:
there, short rows share a line that is as long as the longest row (packing, Krell et al., 2021).
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import ceil

from .call_size import CallSize

Pack = list[int]
"""Rows that share a line of the encoder's input, by their indices."""

Plan = list[list[Pack]]
"""Batches, each a call of the encoder."""

ATTENTION_SCALE = 2000
"""Length of a line, in subwords, at which attention doubles the cost of a subword."""


def plan(lengths: Sequence[int], size: CallSize, packing: bool) -> Plan:
    """Plan batches of rows, one row to a line or packed, whichever is cheaper.

    Args:
        lengths: Lengths of the rows, in subwords.
        size: Limits of one call. A longer row is a batch of its own.
        packing: Whether rows may share a line.
    """
    cut = [[[i] for i in batch] for batch in batch_by_pieces(lengths, size)]
    if not packing:
        return cut
    packs = pack(lengths)
    filled = [sum(lengths[i] for i in rows) for rows in packs]
    packed = [[packs[i] for i in batch] for batch in batch_by_pieces(filled, size)]
    return min(cut, packed, key=lambda batches: cost(batches, lengths, size.cost))


def cost(batches: Plan, lengths: Sequence[int], call_cost: int) -> float:
    """Return the cost of a plan in subwords: padding, attention and calls included."""
    total = 0.0
    for batch in batches:
        width = max(sum(lengths[i] for i in rows) for rows in batch)
        total += len(batch) * width * (1 + width / ATTENTION_SCALE) + call_cost
    return total


def pack(lengths: Sequence[int]) -> list[Pack]:
    """Pack rows into lines as long as the longest row: best fit, longest rows first."""
    width = max(lengths, default=0)
    packs: list[Pack] = []
    rooms: list[tuple[int, int]] = []
    for row in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        place = bisect_left(rooms, (lengths[row], 0))
        if place == len(rooms):
            packs.append([])
            room, line = width, len(packs) - 1
        else:
            room, line = rooms.pop(place)
        packs[line].append(row)
        insort(rooms, (room - lengths[row], line))
    return packs


def batch_by_pieces(lengths: Sequence[int], size: CallSize) -> list[list[int]]:
    """Divide lines into batches within the limits of a call, shortest lines first.

    Of all ways to cut the lines, sorted by length, this takes the cheapest, counting padding and
    calls. A line over the limit is a batch of its own.

    Args:
        lengths: Lengths of the lines, in subwords.
        size: Limits of one call.

    Returns:
        The indices of each batch's lines.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    ranked = [lengths[i] for i in order]
    ends = [i for i in range(1, len(ranked) + 1) if ranked[i - 1 : i] != ranked[i : i + 1]]
    costs, starts = {0: 0}, {}
    for end in ends:
        costs[end], starts[end] = min(
            (spent + ranked[end - 1] * (end - start) + size.cost, start)
            for start, spent in costs.items()
        )
    batches: list[list[int]] = []
    end = len(order)
    while end:
        start = starts[end]
        calls = ceil((end - start) / max(1, size.subwords // ranked[end - 1]))
        lines = ceil((end - start) / calls)
        batches = [order[i : min(i + lines, end)] for i in range(start, end, lines)] + batches
        end = start
    return batches
