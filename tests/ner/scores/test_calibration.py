"""Calibration error and Brier score, and the confidences that count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Span
from spacy.training import Example

from spacy_ita.ner.scores.calibration import (
    brier_score,
    calibration_scores,
    expected_calibration_error,
    reliability_bins,
    risk_coverage_area,
)

OUTCOMES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1)
BOTH = (expected_calibration_error, brier_score)


def test_small_cases_by_hand():
    # two bins: 0.9 with one of two right, 0.2 with none of one right
    assert expected_calibration_error([0.9, 0.9, 0.2], [True, False, False]) == pytest.approx(
        (2 * 0.4 + 1 * 0.2) / 3
    )
    assert brier_score([0.9, 0.9, 0.2], [True, False, False]) == pytest.approx(
        (0.01 + 0.81 + 0.04) / 3
    )
    # in one bin, the errors of 0.6 and 0.4 cancel out
    assert expected_calibration_error([0.6, 0.4], [True, False], bins=1) == pytest.approx(0)


@given(st.integers(0, 10), st.integers(1, 5))
def test_a_share_that_is_as_large_as_the_confidence_is_no_error(tenths, copies):
    correct = [n < tenths for n in range(10)] * copies
    confidences = [tenths / 10] * len(correct)
    assert expected_calibration_error(confidences, correct) == pytest.approx(0)
    assert brier_score(confidences, correct) == pytest.approx(tenths / 10 * (1 - tenths / 10))


@given(OUTCOMES)
def test_scores_are_bounded_and_know_no_order(outcomes):
    confidences, correct = zip(*outcomes, strict=True)
    for score in BOTH:
        found = score(confidences, correct)
        assert 0 <= found <= 1
        assert score(confidences[::-1], correct[::-1]) == pytest.approx(found)
    # the error of several bins is at least that of one bin: Jensen
    error = abs(sum(confidences) - sum(correct)) / len(correct)
    assert expected_calibration_error(confidences, correct) >= error - 1e-9
    # the mean of squares is at least the square of the mean
    assert brier_score(confidences, correct) >= error**2 - 1e-9


@given(st.lists(st.booleans(), min_size=1))
def test_certainty(correct):
    sure = [float(right) for right in correct]
    wrong = [1 - confidence for confidence in sure]
    for score in BOTH:
        assert score(sure, correct) == 0
        assert score(wrong, correct) == 1


@given(OUTCOMES, st.integers(1, 20))
def test_bins_hold_all_once_each_within_its_edges(outcomes, bins):
    confidences, correct = zip(*outcomes, strict=True)
    found = reliability_bins(confidences, correct, bins)
    assert sum(group.count for group in found) == len(outcomes)
    assert sum(group.count * group.accuracy for group in found) == pytest.approx(sum(correct))
    means = [group.confidence for group in found]
    assert means == sorted(means)
    for earlier, later in zip(found, found[1:], strict=False):
        assert later.confidence - earlier.confidence > -1e-9


def test_the_edges_of_bins():
    found = reliability_bins([0.0, 0.5, 0.49, 1.0], [True] * 4, bins=2)
    assert [(group.count, round(group.confidence, 3)) for group in found] == [(2, 0.245), (2, 0.75)]


@pytest.fixture
def example(make_nlp):
    nlp = make_nlp()
    words = "obama visits the city of london today".split()
    gold = nlp.make_doc(" ".join(words))
    gold.ents = [Span(gold, 0, 1, "PER"), Span(gold, 5, 6, "LOC")]
    return Example(nlp.make_doc(gold.text), gold)


def predict(example, *entities):
    """Make a Doc with entities, as (start, end, label, confidence)."""
    doc = example.predicted
    doc.ents = [Span(doc, *entity[:3]) for entity in entities]
    for entity in entities:
        Span(doc, *entity[:3])._.confidence = entity[3]


def test_only_the_exact_span_and_label_are_right(example):
    predict(example, (0, 1, "LOC", 0.9), (3, 6, "LOC", 0.5))
    scores = calibration_scores([example], "confidence")
    assert scores["ents_brier"] == pytest.approx((0.81 + 0.25) / 2)
    predict(example, (0, 1, "PER", 0.9), (5, 6, "LOC", 0.5))
    scores = calibration_scores([example], "confidence")
    assert scores == pytest.approx({"ents_ece": (0.1 + 0.5) / 2, "ents_brier": (0.01 + 0.25) / 2})


def test_entities_of_other_pipes_and_words_without_gold_do_not_count(example):
    predict(example, (0, 1, "PER", 0.9), (5, 6, "LOC", None))
    assert calibration_scores([example], "confidence")["ents_ece"] == pytest.approx(0.1)
    predict(example, (5, 6, "LOC", None))
    assert calibration_scores([example], "confidence") == {"ents_ece": None, "ents_brier": None}
    predict(example, (0, 1, "PER", 0.9))
    example.reference.set_ents([], missing=[example.reference[0:1]], default="outside")
    assert calibration_scores([example], "confidence")["ents_ece"] is None


def test_words_are_aligned(example):
    # "city of" is one token of the prediction, two of the gold
    with example.predicted.retokenize() as retokenizer:
        retokenizer.merge(example.predicted[3:5])
    aligned = Example(example.predicted, example.reference)
    predict(aligned, (4, 5, "LOC", 0.8))
    assert calibration_scores([aligned], "confidence")["ents_ece"] == pytest.approx(0.2)


def test_the_risk_coverage_area_is_of_the_ranking_alone():
    # the risks of the one to four most confident are 0, 0, 1/3 and 1/2
    right = [True, True, False, False]
    area = risk_coverage_area([0.9, 0.8, 0.7, 0.1], right)
    assert area == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert risk_coverage_area([0.4, 0.3, 0.2, 0.1], right) == area
    assert risk_coverage_area([0.1, 0.9], [True, False]) == pytest.approx((1 + 1 / 2) / 2)
