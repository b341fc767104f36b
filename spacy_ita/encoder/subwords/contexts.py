"""Contexts as subwords: segments joined by the separator, cut to the room of each context."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat

import numpy as np

from ...context import Context
from .rows import Ints, bounds, spread

Slice = tuple[int, int]
"""Start of a range of subwords in `Contexts.ids`, and its length."""


@dataclass(frozen=True)
class Contexts:
    """The N segments of the contexts of V views; equal segments share their subwords.

    Attributes:
        ids: Subwords of all segments, a separator after each.
        starts: Index into `ids` of each segment's first subword, (N,).
        lengths: The number of each segment's subwords, at least one, (N,).
        parts: The part of the view's context that each segment belongs to, (N,).
        groups: The group of parts, one for each picture, that each segment belongs to, (N,).
        owners: The view of each segment, in ascending order, (N,).
        sizes: Subwords of each whole context, separators between segments included, (V,).
    """

    ids: Ints
    starts: Ints
    lengths: Ints
    parts: Ints
    groups: Ints
    owners: Ints
    sizes: Ints

    def joined(self, rooms: Ints) -> tuple[Ints, Ints]:
        """Join the segments of each view by the separator, within a room that its parts share.

        Args:
            rooms: The most subwords of each context, (V,).

        Returns:
            The subwords of all contexts, and the start of each and the end of the last, (V + 1,).
        """
        cut = self.sizes > rooms
        kept = ~cut[self.owners]
        owners, starts, sizes = self.owners[kept], self.starts[kept], self.lengths[kept] + 1
        sizes[np.flatnonzero(np.diff(owners, append=-1))] -= 1
        if cut.any():
            views = np.flatnonzero(cut & (rooms > 0)).tolist()
            slices = [(view, *found) for view in views for found in self._cut(view, rooms[view])]
            added = np.array(slices, np.int64).reshape(-1, 3).T
            owners = np.concatenate([owners, added[0]])
            order = np.argsort(owners, kind="stable")
            owners = owners[order]
            starts = np.concatenate([starts, added[1]])[order]
            sizes = np.concatenate([sizes, added[2]])[order]
        ids = self.ids[spread(starts, sizes)]
        return ids, bounds(np.bincount(owners, sizes, len(self.sizes)).astype(np.int64))

    def _cut(self, view: int, room: int) -> Iterator[Slice]:
        """Cut each part of a context to its fair share of the room."""
        first, last = np.searchsorted(self.owners, [view, view + 1])
        numbers = range(first, last)
        parts = [list(part) for _, part in groupby(numbers, self.parts.__getitem__)]
        needs = [sum(int(self.lengths[n]) + 1 for n in part) - 1 for part in parts]
        groups = [int(self.groups[part[0]]) for part in parts]
        shares = grouped_shares(needs, groups, room)
        separator = int(self.starts[first] + self.lengths[first])
        joint = False
        for part, share in zip(parts, shares, strict=True):
            if not share:
                continue
            if joint:
                yield separator, 1
            joint = True
            left = share
            for n in part:
                taken = min(int(self.lengths[n]) + 1, left)
                yield int(self.starts[n]), taken
                left -= taken
                if not left:
                    break


def numbered(contexts: Sequence[Context]) -> tuple[list[str], Ints]:
    """Number the distinct segments of some contexts.

    Returns:
        The distinct segments; and the number, part, group and context of each segment, (4, N).
    """
    numbers: dict[str, int] = {}
    found = [
        (numbers.setdefault(segment, len(numbers)), p, group, c)
        for c, context in enumerate(contexts)
        for p, (part, group) in enumerate(
            zip(context.parts, context.groups or repeat(0), strict=False)
        )
        for segment in part
    ]
    return list(numbers), np.array(found, np.int64).reshape(-1, 4).T


def grouped_shares(needs: Sequence[int], groups: Sequence[int], room: int) -> list[int]:
    """Split a room fairly among groups of parts, then the share of each among its parts.

    A separator stands between two parts.

    Args:
        needs: Length of each part, in subwords.
        groups: The group of each part.
        room: Total room with the separators, in subwords.

    Returns:
        The room of each part.
    """
    members = {group: [i for i, g in enumerate(groups) if g == group] for group in groups}
    whole = [sum(needs[i] + 1 for i in parts) - 1 for parts in members.values()]
    shares = [0] * len(needs)
    rooms = fair_shares(whole, room - (len(members) - 1))
    for parts, share in zip(members.values(), rooms, strict=True):
        own = fair_shares([needs[i] for i in parts], share - (len(parts) - 1))
        for i, part in zip(parts, own, strict=True):
            shares[i] = part
    return shares


def fair_shares(needs: Sequence[int], room: int) -> list[int]:
    """Split a room fairly among parts of different lengths.

    No part gets more than it needs; what short parts leave over goes to the long ones.

    Args:
        needs: Length of each part, in subwords.
        room: Total room, in subwords.

    Returns:
        The room of each part; sums to at most `room`.
    """
    shares = [0] * len(needs)
    order = sorted(range(len(needs)), key=needs.__getitem__)
    for served, i in enumerate(order):
        shares[i] = max(0, min(needs[i], room // (len(needs) - served)))
        room -= shares[i]
    return shares
