"""Which rows the encoder reads together, so that little padding is computed.

Rows of like length make a batch with little padding, if there are many. Of a few rows, as an
update has, the short ones stand side by side in one line that is as long as the longest row
(packing, Krell et al., 2021).
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import ceil

from .call_size import CallSize

Pack = list[int]
"""Rows that share a line of the encoder's input, by their indices."""

Plan = list[list[Pack]]
"""Batches, each a call of the encoder."""

# In a line of so many pieces, attention doubles the cost of a piece.
ATTENTION_SCALE = 2000


def plan(lengths: Sequence[int], size: CallSize, packing: bool) -> Plan:
    """Plan batches of rows: the cheaper of one row to a line and packed lines.

    Args:
        lengths: Of the rows, in subwords.
        size: What a call may take. A longer row is a batch of its own.
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
    """What a plan costs, in subwords: those computed, with padding and attention, and the calls."""
    total = 0.0
    for batch in batches:
        width = max(sum(lengths[i] for i in rows) for rows in batch)
        total += len(batch) * width * (1 + width / ATTENTION_SCALE) + call_cost
    return total


def pack(lengths: Sequence[int]) -> list[Pack]:
    """The rows in lines as long as the longest row: each where it fits best, long ones first."""
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
    """The lines' indices in batches, shortest first, within what a call may take.

    Of all ways to cut the lines, sorted by length, the one that costs least: what is computed,
    padding included, and the calls. A line that is longer is a batch of its own.
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
