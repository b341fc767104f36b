"""Tables, figures and the page, made from lines of results."""

import gzip
import json
import re
import sys

import pytest
import spacy
from PIL import Image
from result_lines import line
from typer.testing import CliRunner

from spacy_ita.cli import app
from spacy_ita.cli.shared.files import write_docs
from spacy_ita.extensions import attributes
from spacy_ita.report.predictions import (
    FILE,
    read_predictions,
)
from spacy_ita.report.results import (
    append,
    latest,
    read,
)
from spacy_ita.report.summary import Spread, short_names, summarise


def test_the_latest_line_counts(results):
    append(results, [line("T-only", "T", 1, 0.9)])
    (again,) = [found for found in latest(read(results)) if found["f"] == 0.9]
    assert again["seed"] == 1
    assert len(latest(read(results))) == len(read(results)) - 1


def test_a_row_is_compared_with_the_baseline_of_its_own_settings(results):
    for number, name in enumerate(("training.dropout", "components.ner.model.dropout")):
        settings = {name: 0.1}
        append(results, [line("T-only", "T", 0, 0.1 + number / 10, settings=settings)])
        append(results, [line("ITA-GA", "I+T", 0, 0.5, settings=settings)])
    (table,) = summarise(read(results), results)
    compared = [row for row in table.rows if row.approach == "ITA-GA" and row.settings]
    assert sorted(row.name for row in compared) == [
        "ITA-GA, model.dropout=0.1",
        "ITA-GA, training.dropout=0.1",
    ]
    for row in compared:
        assert row.baseline.lines[0]["settings"] == row.lines[0]["settings"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["training.dropout", "training.seed"], ["dropout", "seed"]),
        (["a.b.c", "x.b.c", "c"], ["a.b.c", "x.b.c", "c"]),
    ],
)
def test_settings_are_shown_by_the_shortest_names_that_differ(names, shown):
    assert [short_names(names)[name] for name in names] == shown


def test_the_order_of_settings_makes_no_other_run(results):
    first, second = {"a.lr": 1, "a.seed": 2}, {"a.seed": 2, "a.lr": 1}
    append(results, [line("T-only", "T", 0, 0.4, settings=first)])
    append(results, [line("T-only", "T", seed, 0.5, settings=second) for seed in (0, 1)])
    (table,) = summarise(read(results), results)
    (row,) = [row for row in table.rows if row.settings]
    assert row.spread("f").mean == 0.5


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('{"id": "1", "text": "a post"}', "not a result of an experiment: it lacks approach, data"),
        ("[1]", "not a result"),
        ("{", "Expecting"),
        (json.dumps(line("T-only", "T", "first", 0.5)), "'seed' can't be 'first'"),
        (json.dumps(line("T-only", "T", 0, None)), "'p' can't be None"),
    ],
)
def test_a_foreign_file_is_one_line(tmp_path, text, cause):
    path = tmp_path / "posts.jsonl"
    path.write_text(f"\n{text}\n")
    shown = CliRunner().invoke(app, ["report", str(path), str(tmp_path / "page")])
    assert shown.exit_code == 1 and "Traceback" not in shown.output
    assert f"posts.jsonl:2: {cause}" in " ".join(shown.output.split())


def test_runs_may_tell_apart_other_kinds_of_names(results, tmp_path):
    append(results, [line("ITA-All", "I+T", 0, 0.5, kinds={"hashtag": 0.25})])
    shown = ita_report(results, tmp_path / "page")
    assert shown.exit_code == 0, shown.output
    (table,) = summarise(read(results), results)
    row = table.row("ITA-All", "I+T")
    assert table.kinds == ["plain", "hashtag"] and row.kind_in_percent("plain") == ""
    assert "<td>25.00</td>" in (tmp_path / "page" / "index.html").read_text()


def test_runs_by_an_older_config_are_no_rivals(results, tmp_path):
    older = tmp_path / "with_older.jsonl"
    append(older, [line("Knowledge", "I+T", 0, 0.9, recipe="old"), *read(results)])
    assert latest(read(older)) == latest(read(results))


def drop_entities(results):
    """Remove the entities from the file of predictions, as for unpublishable tweets."""
    path = results.parent / FILE
    runs = [json.loads(run) for run in gzip.decompress(path.read_bytes()).splitlines()]
    kept = "".join(f"{json.dumps({**run, 'documents': None})}\n" for run in runs)
    path.write_bytes(gzip.compress(kept.encode()))


@pytest.mark.slow
def test_the_gallery_shows_alignments_under_other_names(results, tmp_path):
    names = {"image_path": "snap", "image_captions": "words", "image_context": "read"}
    attributes(names)
    docs = [spacy.blank("en").make_doc("i love paris") for _ in range(4)]
    for doc in docs:
        doc._.words = "a tall tower"
    write_docs(docs, tmp_path / "docs.spacy")
    measured = ("--docs", f"demo={tmp_path / 'docs.spacy'}")
    refused = ita_report(results, tmp_path / "page", *measured)
    assert refused.exit_code == 1
    assert "no image_path, only words" in " ".join(refused.output.split())
    attrs = [part for name, other in names.items() for part in ("--attrs", f"{name}={other}")]
    assert ita_report(results, tmp_path / "page", *measured, *attrs).exit_code == 0
    assert "a tall tower" in (tmp_path / "page" / "index.html").read_text(encoding="utf8")


def test_summary(results):
    (table,) = summarise(read(results), results)
    assert (table.data, table.encoder, table.labels) == ("demo", "minilm", ["LOC", "PER"])
    assert table.rows[0] is table.baseline
    assert table.baseline.difference is None
    row = table.row("ITA-GA + CVA", "I+T")
    assert row.spread("f").mean == pytest.approx(1.005)
    assert row.spread("f").sd == pytest.approx(0.01 / 2**0.5)
    assert row.difference.value == pytest.approx(0.5)
    assert table.row("ITA-GA (1 caption)", "I+T").difference is None


def test_the_difference_of_a_type_is_over_the_seeds_that_both_have(results):
    append(results, [line("ITA-Joint", "T", 1, 0.505)])
    (table,) = summarise(read(results), results)
    # T-only has 0.5 and 0.51
    assert table.row("ITA-Joint", "T").difference_of_type("PER") == pytest.approx(-0.005)
    assert table.row("ITA-GA", "I+T").difference_of_type("LOC") == pytest.approx(0.25)
    assert table.baseline.difference_of_type("PER") is None


def test_any_row_can_be_the_baseline(results):
    (table,) = summarise(read(results), results, ("ITA-GA", "I+T"))
    first, *others = table.rows
    assert (first.approach, first.difference) == ("ITA-GA", None)
    changes = {row.approach: row.difference.value for row in others if row.difference}
    assert changes == pytest.approx({"T-only": -0.25, "ITA-GA + CVA": 0.25})


def test_differences_need_no_predictions(results):
    before = summarise(read(results), results)
    drop_entities(results)
    assert not any(read_predictions(results, found) for found in read(results))
    assert summarise(read(results), results) == before


def test_settings_are_rows_of_their_own_against_their_own_baseline(results):
    settings = {"training.dropout": 0.3}
    append(results, [line("T-only", "T", 0, 0.5, settings=settings, predictions="ITA-GA-0")])
    names = [row.name for row in summarise(read(results), results)[0].rows]
    assert names[:2] == ["T-only", "T-only, dropout=0.3"]


def test_one_seed_has_no_spread():
    assert Spread.of([0.85184]).in_percent() == "85.18"
    assert Spread.of([0.85, 0.86]).in_percent() == "85.50 ± 0.71"


def ita_report(*args):
    return CliRunner().invoke(app, ["report", *map(str, args)])


@pytest.mark.slow
def test_page(results, tmp_path):
    nlp = spacy.blank("en")
    docs = []
    for number in range(4):
        doc = nlp.make_doc("i love paris" if number < 3 else "i <b> paris")
        Image.new("RGB", (800, 400)).save(tmp_path / f"{number}.png")
        doc._.image_path = str(tmp_path / f"{number}.png")
        doc._.image_captions = [{"text": f"<i>caption {number}", "score": 0.0}]
        docs.append(doc)
    write_docs(docs, tmp_path / "docs.spacy")
    out = tmp_path / "out"
    done = ita_report(results, out, "--docs", f"demo={tmp_path / 'docs.spacy'}")
    assert done.exit_code == 0, done.output
    page = (out / "index.html").read_text(encoding="utf8")
    # the best row has other entities in documents 2 and 3
    assert page.count('class="card helped"') == 2
    assert 'class="card hurt"' not in page
    assert "I+T is ITA-GA + CVA" in page
    assert "&lt;i&gt;caption 3" in page and "<i>" not in page
    assert page.count("data:image/jpeg") == 2
    names = ("differences", "captions", "distances", "reliability")
    for name in names:
        assert (out / f"demo-minilm-{name}.png").stat().st_size > 1000
        assert "<svg" in (out / f"demo-minilm-{name}.svg").read_text()
    assert page.count("data:image/svg+xml") == len(names)
    # for a screen reader and a keyboard
    assert page.count("<th") - page.count("<thead") == page.count('scope="')
    assert page.count('class="panel') == page.count('tabindex="0"') == 2
    # the page needs no other file
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_errors_are_one_line(results, tmp_path, monkeypatch):
    write_docs([spacy.blank("en").make_doc("one")], tmp_path / "docs.spacy")
    done = ita_report(results, tmp_path / "out", "--docs", f"demo={tmp_path / 'docs.spacy'}")
    assert done.exit_code == 1
    assert "1 documents, but 4 were measured" in " ".join(done.output.split())
    done = ita_report(results, tmp_path / "out", "--docs", f"dmeo={tmp_path / 'docs.spacy'}")
    assert (done.exit_code, "has no results on dmeo" in " ".join(done.output.split())) == (1, True)
    done = ita_report(results, tmp_path / "out", "--docs", "docs.spacy")
    assert "--docs docs.spacy: give NAME=FILE.spacy" in " ".join(done.output.split())
    (tmp_path / "empty").touch()
    done = ita_report(tmp_path / "empty", tmp_path / "out")
    assert "has no results" in " ".join(done.output.split())
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "spacy_ita[report]" in " ".join(ita_report(results, tmp_path / "out").output.split())
