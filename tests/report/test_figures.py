"""Figures and the gallery of documents, drawn from lines of results."""

import pytest
import spacy
from matplotlib.container import BarContainer
from result_lines import LOC, PER, keep_all_but, line

from spacy_ita.report.figures import draw_captions, draw_distances, draw_reliability
from spacy_ita.report.gallery import gallery
from spacy_ita.report.predictions import (
    append_predictions,
    read_confidences,
    read_predictions,
)
from spacy_ita.report.results import (
    append,
    read,
)
from spacy_ita.report.summary import summarise


def test_the_gallery_compares_runs_of_one_seed(results):
    append(results, [line("ITA-All", "I+T", 1, 0.99, predictions="ITA-GA + CVA-1")])
    lines = sorted(read(results), key=lambda line: line["seed"])
    (table,) = summarise(lines, results)
    assert [row.lines[0]["seed"] for row in table.rows if row.approach == "ITA-All"] == [1]
    keep_all_but("T-only-0", results)
    docs = [spacy.blank("en").make_doc("i love paris") for _ in range(4)]
    found = gallery(table, results, docs, size=1)
    assert (len(found.helped), len(found.hurt)) == (1, 0)
    assert (found.better, found.worse, found.unchanged) == (2, 0, 2)


def test_figures_compare_seeds_that_all_have(results):
    append(results, [line("ITA-GA (2 captions)", "I+T", 1, 0.7)])
    append(results, [line("ITA-GA + CVA", "I+T", 2, 0.9, distance=100.0)])
    (table,) = summarise(read(results), results)
    [points] = draw_captions(table).axes[0].containers
    assert list(points.lines[0].get_ydata()) == pytest.approx([51, 60, 70, 76])
    bars = [c for c in draw_distances(table).axes[0].containers if isinstance(c, BarContainer)]
    assert [bar.get_height() for (bar,) in bars] == [3.5, 4.5]


def test_confidences_are_read_beside_entities(results):
    first = read(results)[0]
    assert read_confidences(results, first) == ([0.75] * 4, [True, True, False, False])
    assert read_predictions(results, first)[2] == {"gold": [PER], "T": [LOC]}


def test_predictions_without_confidences_are_read(results):
    documents = [{"gold": [LOC], "T": [LOC]}]
    append_predictions(results, "older", documents, entities=True)
    older = line("T-only", "T", 0, 0.5, predictions="older")
    assert read_predictions(results, older) == documents
    assert read_confidences(results, older) is None
    assert read_confidences(results, {**older, "predictions": "lost"}) is None


def test_reliability_of_both_views_with_and_without_cva(results):
    # the same rows without pictures, as CVA has them
    for seed in (0, 1):
        documents = [{"gold": [g], "T": [(*LOC, 0.5)]} for g in (LOC, LOC, PER, PER)]
        append_predictions(results, f"cva-text-{seed}", documents, entities=True)
        append(
            results,
            [line("ITA-GA + CVA", "T", seed, 0.5, predictions=f"cva-text-{seed}")],
        )
    (table,) = summarise(read(results), results)
    text, image = draw_reliability(table, results).axes
    points = [
        [tuple(point) for point in group.get_offsets().tolist()]
        for axes in (text, image)
        for group in axes.collections
    ]
    assert points == [[(0.75, 0.5)], [(0.5, 0.5)], [(0.75, 0.75)], [(0.75, 1.0)]]
    keep_all_but("ITA-GA + CVA-", results)
    assert draw_reliability(table, results) is None
