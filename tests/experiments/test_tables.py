"""The tables in the documentation match the results."""

import re
from pathlib import Path

import pytest
import typer

from scripts.experiments import tables
from scripts.experiments.comparison import comparison
from spacy_ita.report.summary import Table

ROOT = Path(__file__).parents[2]
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf8")


def tables_of(text):
    """Return the rows of each table, as dicts."""
    for found in re.findall(r"(?:^\|.*\n)+", text, re.M):
        header, _, *rows = (
            [c.strip() for c in line[1:-1].split("|")] for line in found.split("\n")[:-1]
        )
        yield [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.slow
def test_results_are_up_to_date(capsys):
    tables.main(ROOT / "experiments" / "results.jsonl", "T-only,T")
    assert capsys.readouterr().out == RESULTS


def test_an_unknown_row_to_compare_with_is_named(tmp_path):
    for against in ("ITA-Rndom,I+T", "ITA-Random"):
        with pytest.raises(typer.BadParameter, match=f"no results of '{re.escape(against)}'"):
            tables.main(tmp_path / "results.jsonl", against)


def test_the_readme_shows_the_rows_of_the_demo(capsys):
    tables.main(ROOT / "experiments" / "results.jsonl", readme=True)
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    (shown,) = re.findall(r"<!-- results -->\n(.*?)<!-- /results -->", readme, re.S)
    assert shown == capsys.readouterr().out
    (rows,) = tables_of(shown)
    assert len(rows) <= 10


def test_the_page_on_rivals_shows_their_rows(capsys):
    tables.main(ROOT / "experiments" / "results.jsonl", rivals=True)
    page = (ROOT / "docs" / "rivals.md").read_text(encoding="utf8")
    (shown,) = re.findall(r"<!-- results -->\n(.*?)<!-- /results -->", page, re.S)
    assert shown == capsys.readouterr().out


def test_a_rival_without_results_or_costs_has_a_row(tmp_path):
    table = Table("demo", "minilm", "test", [])
    header, *rows = comparison(
        table, {"UMT": {"parameters": 31_900_000, "update": 1.5, "reading": 0.5}}
    )
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert found["UMT"]["seeds"] == "none yet"
    assert list(found["UMT"].values())[-3:] == ["31.9 M", "1.50 ×", "0.50 ×"]
    assert list(found["UMGF"].values())[-3:] == ["", "", ""]


@pytest.mark.parametrize("page", ["README.md", "docs/findings.md"])
def test_pages_show_rows_of_them(page):
    known = list(tables_of(RESULTS))
    for table in tables_of((ROOT / page).read_text(encoding="utf8")):
        if {"approach", "view", "seeds"} <= table[0].keys():
            assert any(
                all(any(row.items() <= r.items() for r in rows) for row in table) for rows in known
            )
