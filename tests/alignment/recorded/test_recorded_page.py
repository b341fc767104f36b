"""The examples of docs/recorded.md are read as the page says."""

import re
from pathlib import Path

import pytest

from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.recorded.backend import Recorded

PAGE = (Path(__file__).parents[3] / "docs" / "recorded.md").read_text(encoding="utf8")
MAN = {"label": "man", "attribute": "old", "score": 0.9, "box": [10.0, 20.0, 110.0, 220.0]}


@pytest.mark.parametrize(
    ("format", "part", "expected"),
    [
        ("jsonl", "objects", [MAN]),
        ("jsonl", "knowledge", [{"text": "Wembley is a stadium."}]),
        ("vinvl", "objects", [MAN]),
        ("kbner", "captions", [{"text": "a man", "score": 1.0}, {"text": "old man", "score": 1.0}]),
        ("pgim", "knowledge", [{"text": "Named entities:1. Obama"}]),
        ("bottom-up", "objects", [{**MAN, "score": 1.0}]),
    ],
)
def test_an_example(format, part, expected, tmp_path):
    fence = "text" if format == "bottom-up" else format
    [example] = re.findall(rf"```{fence}\n(.*?)```", PAGE, re.S)
    (tmp_path / "file").write_text(example.replace("…", ""), encoding="utf8")
    names = {}
    if format == "bottom-up":
        (tmp_path / "objects").write_text("yolk\ngoal\nman,guy\n")
        (tmp_path / "attributes").write_text("floppy\nold\n")
        names = {f"{kind}_names": str(tmp_path / f"{kind}s") for kind in ("object", "attribute")}
    backend = Recorded(str(tmp_path / "file"), part, format=format, **names)
    assert backend([Picture("images/17_06_1.jpg")]) == [expected]
