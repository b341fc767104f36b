"""A file of results, whose runs have predictions."""

import pytest
from result_lines import LOC, PER, line

from spacy_ita.report.predictions import append_predictions
from spacy_ita.report.results import append


@pytest.fixture
def results(tmp_path):
    """T-only predicts only LOC, ITA-GA is right in three of four, ITA-GA + CVA in all."""
    found = {"T-only": ("T", 2), "ITA-GA": ("I+T", 3), "ITA-GA + CVA": ("I+T", 4)}
    path = tmp_path / "results.jsonl"
    for seed in (0, 1):
        for approach, (view, right) in found.items():
            gold = [LOC, LOC, PER, PER]
            read_as = [*gold[:right], *[LOC] * (4 - right)]
            found_as = [(*entity, 0.75) for entity in read_as]
            documents = [{"gold": [g], view: [r]} for g, r in zip(gold, found_as, strict=True)]
            append_predictions(path, f"{approach}-{seed}", documents, entities=True)
            distance = {"distance": right + 0.5} if view == "I+T" else {}
            append(path, [line(approach, view, seed, right / 4 + seed / 100, **distance)])
        append(path, [line("ITA-GA (1 caption)", "I+T", seed, 0.6, predictions="lost")])
    return path
