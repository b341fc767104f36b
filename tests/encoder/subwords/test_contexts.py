"""The share of a context in a row, and the windows of a long text."""

from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_ita.context import Context
from spacy_ita.encoder.subwords import reader as pieces
from spacy_ita.encoder.subwords.contexts import fair_shares
from spacy_ita.encoder.subwords.reader import OVERLAP_SHARE

CONTEXT = Context([["a man sings", "on the stage"], ["person microphone"]])


@pytest.mark.parametrize(
    ("needs", "room", "shares"),
    [
        ([5, 5], 20, [5, 5]),
        ([50, 2, 50], 22, [10, 2, 10]),
        ([7], 3, [3]),
        ([], 9, []),
        ([4, 4], 0, [0, 0]),
        ([4, 4], -1, [0, 0]),
        ([1, 1, 1], 2, [0, 1, 1]),
    ],
)
def test_fair_shares(needs, room, shares):
    assert fair_shares(needs, room) == shares


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(-5, 90))
def test_shares_fill_the_room_and_none_could_grow_at_the_cost_of_a_smaller(needs, room):
    shares = fair_shares(needs, room)
    assert sum(shares) == min(sum(needs), max(room, 0))
    for need, share in zip(needs, shares, strict=True):
        assert 0 <= share <= need
        assert share == need or share >= max(shares) - 1


def windows(sizes, room):
    """Return the windows over words of these sizes, at most one more than there are words."""
    return list(islice(pieces.windows(sizes, room), len(sizes) + 1))


def test_windows_of_a_text_by_hand():
    # two of eight subwords overlap, and each window takes one of the two
    assert windows([1] * 20, 8) == [(0, 8, 0, 7), (6, 14, 7, 13), (12, 20, 13, 20)]
    # the first window takes the middle of an odd overlap
    assert windows([1] * 21, 12) == [(0, 12, 0, 11), (9, 21, 11, 21)]


@pytest.mark.parametrize("room", [8, 13, 20])
@pytest.mark.parametrize("length", [1, 8, 9, 20, 21, 50])
def test_a_word_falls_to_the_window_that_leaves_it_the_most_context(room, length):
    """Count the words on the shorter side; the end of the text itself loses nothing."""
    found = windows([1] * length, room)

    def poorer_side(word, number):
        begin, end, _, _ = found[number]
        if not begin <= word < end:
            return -1
        left = word - begin if begin else length
        right = end - 1 - word if end < length else length
        return min(left, right)

    for number, (_, _, first, last) in enumerate(found):
        for word in range(first, last):
            most = max(poorer_side(word, other) for other in range(len(found)))
            assert poorer_side(word, number) == most


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=60), st.integers(1, 24))
def test_windows_of_any_words(sizes, room):
    sizes = [min(size, room) for size in sizes]
    found = windows(sizes, room)
    assert [i for _, _, first, last in found for i in range(first, last)] == [*range(len(sizes))]
    for begin, end, first, last in found:
        assert begin <= first <= last <= end
        assert sum(sizes[begin:end]) <= room
        assert end == len(sizes) or sum(sizes[begin : end + 1]) > room
    wanted = room // OVERLAP_SHARE
    for (begin, end, _, _), (following, *_) in pairwise(found):
        assert begin < following <= end
        assert sum(sizes[following:end]) >= wanted or following == begin + 1
        assert sum(sizes[following + 1 : end]) < max(wanted, 1)
