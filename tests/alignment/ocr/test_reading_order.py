"""The reading order of lines, the same for all OCR engines."""

import random

import pytest

from spacy_ita.alignment.ocr.lines import reading_order

PAGES = {
    "one line": {"a": [0, 10, 50, 30]},
    "from the top": {"a": [80, 0, 120, 20], "b": [0, 40, 50, 60], "c": [40, 80, 90, 100]},
    "a row from the left": {"a": [0, 12, 50, 32], "b": [60, 10, 90, 30], "c": [99, 14, 150, 34]},
    "small letters beside a capital": {"a": [0, 20, 30, 32], "b": [40, 0, 90, 34]},
    "half in common is another row": {"a": [60, 0, 90, 20], "b": [0, 10, 50, 30]},
    "two lines beside a tall one": {
        "a": [0, 5, 40, 35],
        "b": [50, 0, 120, 100],
        "c": [0, 60, 40, 90],
    },
    "a stair is no row": {"a": [90, 0, 120, 20], "b": [120, 8, 150, 28], "c": [0, 16, 80, 36]},
}


@pytest.mark.parametrize("name", PAGES)
def test_rows_from_the_top_and_each_from_the_left(name):
    page = [{"text": text, "score": 1.0, "box": box} for text, box in PAGES[name].items()]
    for seed in range(6):
        shuffled = random.Random(seed).sample(page, len(page))
        assert reading_order(shuffled) == page


def test_no_line():
    assert reading_order([]) == []
