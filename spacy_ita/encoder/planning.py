"""Which rows the encoder reads together, so that little padding is computed.

Rows of like length make a batch with little padding, if there are many. Of a few rows, as an
update has, the short ones stand side by side in one line that is as long as the longest row
(packing, Krell et al., 2021).
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import ceil

Pack = list[int]
"""Rows that share a line of the encoder's input, by their indices."""

Plan = list[list[Pack]]
"""Batches, each a call of the encoder."""

# What a further call of the encoder costs, in pieces: below it, padding is the cheaper.
CALL_COST = 64
# In a line of so many pieces, attention doubles the cost of a piece.
ATTENTION_SCALE = 2000


def plan(lengths: Sequence[int], max_pieces: int, packing: bool) -> Plan:
    """The rows in batches of at most `max_pieces`, padding included: the cheapest way of two.

    lengths: of the rows, in pieces. packing: whether rows may share a line. A row longer than
    `max_pieces` is a batch of its own.
    """
    cut = [[[i] for i in batch] for batch in batch_by_pieces(lengths, max_pieces)]
    if not packing:
        return cut
    packs = pack(lengths)
    filled = [sum(lengths[i] for i in rows) for rows in packs]
    packed = [[packs[i] for i in batch] for batch in batch_by_pieces(filled, max_pieces)]
    return min(cut, packed, key=lambda batches: cost(batches, lengths))


def cost(batches: Plan, lengths: Sequence[int]) -> float:
    """What a plan costs, in pieces: those computed, padding included, attention, and the calls."""
    total = 0.0
    for batch in batches:
        width = max(sum(lengths[i] for i in rows) for rows in batch)
        total += len(batch) * width * (1 + width / ATTENTION_SCALE) + CALL_COST
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


def batch_by_pieces(lengths: Sequence[int], max_pieces: int) -> list[list[int]]:
    """The lines' indices in batches of at most `max_pieces`, padding included, shortest first.

    Of all ways to cut the lines, sorted by length, the one that costs least: what is computed,
    padding included, and the calls. A line longer than `max_pieces` is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    ranked = [lengths[i] for i in order]
    ends = [i for i in range(1, len(ranked) + 1) if ranked[i - 1 : i] != ranked[i : i + 1]]
    costs, starts = {0: 0}, {}
    for end in ends:
        costs[end], starts[end] = min(
            (spent + ranked[end - 1] * (end - start) + CALL_COST, start)
            for start, spent in costs.items()
        )
    batches: list[list[int]] = []
    end = len(order)
    while end:
        start = starts[end]
        calls = ceil((end - start) / max(1, max_pieces // ranked[end - 1]))
        size = ceil((end - start) / calls)
        batches = [order[i : min(i + size, end)] for i in range(start, end, size)] + batches
        end = start
    return batches
