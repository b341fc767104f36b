"""The bootstrap distinguishes a difference from chance."""

import numpy as np
import pytest

from spacy_ita.report.significance import entity_counts, f_score, holm, paired_bootstrap

GOLD = [{(0, 5, "PER")}, {(3, 9, "LOC"), (11, 14, "PER")}, set()]


def test_counts():
    found = [{(0, 5, "PER")}, {(3, 9, "ORG")}, {(0, 1, "ORG")}]
    counts = entity_counts(GOLD, found)
    assert counts.tolist() == [[1, 0, 0], [0, 1, 2], [0, 1, 0]]
    assert f_score(counts.sum(0)) == pytest.approx(2 / (2 + 2 + 2))
    assert f_score(np.zeros(3)) == 0
    with pytest.raises(ValueError):
        entity_counts(GOLD, found[:2])


def counts_of(right):
    """Make counts, (S, D, 3), of documents with one entity each, found or not, (S, D)."""
    return np.stack([right, ~right, ~right], -1).astype(int)


def coin(share, size=400):
    """Draw one seed that finds a share of the entities."""
    return counts_of(np.arange(size)[None] < share * size)


def test_equal_systems_do_not_differ():
    found = paired_bootstrap(coin(0.7), coin(0.7))
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_large_difference_is_significant_and_signed():
    found = paired_bootstrap(coin(0.6), coin(0.7))
    assert found.value == pytest.approx(0.1)
    assert 0 < found.low < 0.1 < found.high
    assert found.p < 0.001
    reverse = paired_bootstrap(coin(0.7), coin(0.6))
    assert reverse.value == -found.value
    assert reverse.high < 0


def test_as_many_gains_as_losses_are_chance():
    first = coin(0.5)
    second = first[:, ::-1].copy()
    # 400 changes that cancel each other out
    found = paired_bootstrap(first, second)
    assert found.value == 0
    assert found.p > 0.5


@pytest.mark.slow
def test_the_interval_covers_as_often_as_it_says():
    generator = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        right = generator.random((2, 200)) < [[0.6], [0.7]]
        found = paired_bootstrap(*(counts_of(r[None]) for r in right), resamples=500, seed=seed)
        covered += found.low <= 0.1 <= found.high
    assert 88 <= covered <= 100


@pytest.mark.slow
def test_seeds_that_disagree_are_less_sure_than_seeds_that_agree():
    base = np.broadcast_to(np.arange(400) < 240, (3, 400))
    agreeing = np.broadcast_to(np.arange(400) < 260, (3, 400))
    disagreeing = np.arange(400) < np.array([[230], [240], [310]])
    sure, unsure = (
        paired_bootstrap(counts_of(base), counts_of(found)) for found in (agreeing, disagreeing)
    )
    assert sure.value == unsure.value == pytest.approx(0.05)
    assert max(sure.p, sure.p_seeds, unsure.p) < 0.001
    # the one seed that gains is left out of 8 in 27 draws
    assert unsure.p_seeds == pytest.approx(2 * 8 / 27, abs=0.05)


def test_trainings_that_differ_fool_p_but_not_p_over_the_seeds():
    generator = np.random.default_rng(0)
    found = []
    for _ in range(60):
        # equal systems: each training draws around the same share
        shares = 0.6 + generator.normal(0, 0.04, (2, 3, 1))
        first, second = (counts_of(right) for right in generator.random((2, 3, 200)) < shares)
        found.append(paired_bootstrap(first, second, resamples=200))
    assert sum(difference.p < 0.05 for difference in found) > 6
    assert sum(difference.p_seeds < 0.05 for difference in found) <= 6


def test_one_seed_says_nothing_of_seeds():
    assert paired_bootstrap(coin(0.6), coin(0.7)).p_seeds is None


def test_other_documents_are_an_error():
    with pytest.raises(ValueError, match=r"\(1, 400\) and \(1, 300\)"):
        paired_bootstrap(coin(0.5), coin(0.5, 300))


def test_holm_corrects_for_the_number_of_comparisons():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
