"""Which rows are read together: each once, within the budget, at the least cost."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_ita.encoder.planning import CALL_COST, batch_by_pieces, cost, pack, plan


@given(st.lists(st.integers(1, 60)), st.integers(1, 200), st.booleans())
def test_a_plan_holds_every_row_once_within_the_budget(lengths, budget, packing):
    batches = plan(lengths, budget, packing)
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
    assert plan([90, 40, 45, 30, 60], 4096, packing=True) == [[[2, 1], [0], [4, 3]]]
    assert plan([30, 31] * 64, 4096, packing=True) == plan([30, 31] * 64, 4096, packing=False)


def test_the_cheaper_way_is_taken():
    lengths = [90, 40, 45, 30, 60]
    packed, cut = (plan(lengths, 4096, packing) for packing in (True, False))
    assert cost(packed, lengths) < cost(cut, lengths)


def test_attention_over_a_long_line_is_counted():
    """A line of 512 pieces costs more than the padding that it saves."""
    lengths = [512, *[60, 61] * 8]
    assert all(len(rows) == 1 for batch in plan(lengths, 4096, packing=True) for rows in batch)


def test_batches_cost_least():
    lengths = [3, 3, 4, 30, 31, 33, 90]

    def cost_of(cuts):
        parts = zip([0, *cuts], [*cuts, len(lengths)], strict=True)
        return sum(lengths[end - 1] * (end - start) + CALL_COST for start, end in parts)

    inner = range(1, len(lengths))
    least = min(cost_of(cuts) for n in range(len(inner)) for cuts in combinations(inner, n))
    batches = batch_by_pieces(lengths, 4096)
    assert [i for batch in batches for i in batch] == list(range(len(lengths)))
    assert cost_of([batch[0] for batch in batches[1:]]) == least


@pytest.mark.parametrize("packing", [False, True])
def test_no_rows_no_batches(packing):
    assert plan([], 8, packing) == []
