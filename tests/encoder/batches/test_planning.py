"""Plans of batches: each row once, within the budget, at the lowest cost."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_ita.encoder.batches.call_size import CallSize
from spacy_ita.encoder.batches.plan import batch_by_pieces, cost, pack, plan

CALL_COST = 64
LARGE = CallSize(4096, CALL_COST)


@given(st.lists(st.integers(1, 60)), st.integers(1, 200), st.booleans())
def test_a_plan_holds_every_row_once_within_the_budget(lengths, budget, packing):
    batches = plan(lengths, CallSize(budget, CALL_COST), packing)
    assert sorted(i for batch in batches for rows in batch for i in rows) == [*range(len(lengths))]
    for batch in batches:
        widths = [sum(lengths[i] for i in rows) for rows in batch]
        assert max(widths) <= max(lengths)
        assert len(batch) == 1 or max(widths) * len(batch) <= budget
        assert packing or all(len(rows) == 1 for rows in batch)


@given(st.lists(st.integers(1, 60)))
def test_no_two_lines_would_fit_into_one(lengths):
    filled = sorted(sum(lengths[i] for i in rows) for rows in pack(lengths))
    assert len(filled) < 2 or filled[0] + filled[1] > max(lengths)


def test_a_few_rows_share_lines_and_many_of_a_length_do_not():
    assert plan([90, 40, 45, 30, 60], LARGE, packing=True) == [[[2, 1], [0], [4, 3]]]
    assert plan([30, 31] * 64, LARGE, packing=True) == plan([30, 31] * 64, LARGE, packing=False)


def test_the_cheaper_way_is_taken():
    lengths = [90, 40, 45, 30, 60]
    packed, cut = (plan(lengths, LARGE, packing) for packing in (True, False))
    assert cost(packed, lengths, CALL_COST) < cost(cut, lengths, CALL_COST)


def test_attention_over_a_long_line_is_counted():
    """A line of 512 subwords costs more than the padding that it saves."""
    lengths = [512, *[60, 61] * 8]
    assert all(len(rows) == 1 for batch in plan(lengths, LARGE, packing=True) for rows in batch)


def test_batches_cost_least():
    lengths = [3, 3, 4, 30, 31, 33, 90]

    def cost_of(cuts):
        parts = zip([0, *cuts], [*cuts, len(lengths)], strict=True)
        return sum(lengths[end - 1] * (end - start) + CALL_COST for start, end in parts)

    inner = range(1, len(lengths))
    least = min(cost_of(cuts) for n in range(len(inner)) for cuts in combinations(inner, n))
    batches = batch_by_pieces(lengths, LARGE)
    assert [i for batch in batches for i in batch] == list(range(len(lengths)))
    assert cost_of([batch[0] for batch in batches[1:]]) == least


@pytest.mark.parametrize("packing", [False, True])
def test_no_rows_no_batches(packing):
    assert plan([], LARGE, packing) == []


def test_where_calls_are_dear_there_are_fewer():
    lengths = [*[10] * 20, *[40] * 20]
    assert len(plan(lengths, LARGE, packing=False)) == 2
    assert len(plan(lengths, CallSize(4096, 3000), packing=False)) == 1
