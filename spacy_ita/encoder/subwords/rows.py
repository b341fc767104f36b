"""Rows of the encoder's input as flat arrays, without a list for each row or word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

Segment = tuple[Ints, Ints, Ints]
"""A segment of each row: the subwords of all segments, and the start and length of each."""


@dataclass(frozen=True)
class Rows:
    """R rows that stand for the W words of V views, in the views' order.

    Attributes:
        ids: Subwords of all rows, one row after another, (P,).
        types: Their token types, (P,).
        starts: Index into `ids` of each row's first subword, and the end of the last, (R + 1,).
        positions: Position of each word's first subword in its row, (W,).
        words: The first word that each row stands for, and W, (R + 1,).
        views: The view of each row, (R,).
        view_sizes: The number of words of each view, (V,).
    """

    ids: Ints
    types: Ints
    starts: Ints
    positions: Ints
    words: Ints
    views: Ints
    view_sizes: Ints

    @property
    def lengths(self) -> Ints:
        """Subwords of each row, (R,)."""
        return np.diff(self.starts)


@dataclass(frozen=True)
class Template:
    """The special tokens around one segment, or between two.

    Attributes:
        ids: The special tokens before the first segment, between segments, and after the last.
        types: Their token types.
        segment_types: The token type of each segment's subwords.
    """

    ids: list[list[int]]
    types: list[list[int]]
    segment_types: list[int]

    def __len__(self) -> int:
        return sum(map(len, self.ids))

    def write(self, ids: Ints, types: Ints, starts: Ints, segments: Sequence[Segment]) -> None:
        """Write rows into flat arrays.

        Args:
            ids: Target of the subwords.
            types: Target of the token types.
            starts: Index of each row's first subword in the targets, (R,).
            segments: The segments between the special tokens.
        """
        place = starts
        for number, (special, kinds) in enumerate(zip(self.ids, self.types, strict=True)):
            target = place[:, None] + np.arange(len(special))
            ids[target], types[target] = special, kinds
            place = place + len(special)
            if number < len(segments):
                source, begins, lengths = segments[number]
                target = spread(place, lengths)
                ids[target] = source[spread(begins, lengths)]
                types[target] = self.segment_types[number]
                place = place + lengths


def bounds(lengths: Sequence[int] | Ints) -> Ints:
    """Return the start of each of N consecutive parts, and the end of the last, (N + 1,)."""
    found = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=found[1:])
    return found


def spread(starts: Ints | int, lengths: Ints) -> Ints:
    """Concatenate ranges of integers with the given starts and lengths."""
    ends = bounds(lengths)
    return np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
