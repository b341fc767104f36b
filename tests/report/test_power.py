"""Simulated power: the differences that a number of seeds can find."""

import numpy as np
import pytest

from spacy_ita.report.power import correct_errors, power, share_of_errors
from spacy_ita.report.significance import f_score


@pytest.fixture(scope="module")
def counts():
    """Ten trainings on 200 documents of two entities; each training finds about 80 %."""
    right = np.random.default_rng(0).binomial(2, 0.8, (10, 200))
    return np.stack([right, 2 - right, 2 - right], -1)


def test_the_corrected_share_makes_the_difference(counts):
    share = share_of_errors(counts, 0.05)
    corrected = correct_errors(np.repeat(counts, 50, 0), share, np.random.default_rng(1))
    gained = f_score(corrected.sum((0, 1))) - f_score(counts.sum((0, 1)))
    assert gained == pytest.approx(0.05, abs=0.003)
    assert corrected.sum((0, 1))[1:].max() < np.repeat(counts, 50, 0).sum((0, 1))[1:].min()
    with pytest.raises(ValueError, match="no share"):
        share_of_errors(counts, 0.5)


@pytest.mark.slow
def test_power_grows_with_seeds_and_difference(counts):
    def at(difference, seeds):
        return power(counts, difference, seeds, trials=40)

    assert at(0.0, 5) <= 0.15
    assert at(0.03, 10) > at(0.03, 2) + 0.2
    assert at(0.08, 5) > 0.9
