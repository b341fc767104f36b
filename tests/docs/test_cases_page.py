"""Each row of docs/cases.md names a test that exists."""

import re

from pages import ROOT, text_of


def test_each_row_names_a_test_that_exists():
    page = text_of(ROOT / "docs" / "cases.md")
    files = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}
    rows = re.findall(r"^\| (?!---)(.*) \|$", page, re.M)
    rows = [row for row in rows if not row.endswith("shown by")]
    assert len(rows) > 40
    for row in rows:
        named = re.findall(r"`(\w+\.py)::(\w+)`", row.rpartition("|")[2])
        assert named, row
        for file, name in named:
            found = re.search(rf"^def {name}\(", text_of(files[file]), re.M)
            assert found, f"{file} has no {name}"
