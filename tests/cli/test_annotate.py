"""`spacy ita annotate`: every post is in the output, whatever the input."""

import json
import os
import sys

import pytest
import spacy
from spacy.tokens import Doc
from typer.testing import CliRunner

from spacy_ita.alignment.failures import note_failure
from spacy_ita.cli import app
from spacy_ita.cli.shared.files import read_docs
from spacy_ita.cli.shared.progress import Progress
from spacy_ita.corpora import Notes
from spacy_ita.corpora.conll import read_conll
from spacy_ita.extensions import attributes
from spacy_ita.pipeline.loading import load_aligners

VOCAB = spacy.blank("en").vocab


@pytest.fixture
def posts(tmp_path, poster):
    """JSONL of two good posts, a broken line, a broken picture, and a text alone."""
    poster("a.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    lines = [
        {"id": "first", "text": "i love paris", "image": "a.png"},
        {"text": "obama sings tonight"},
        "{not json",
        {"id": "bad", "text": "i love london", "image": "broken.png"},
        {"text": 7},
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return path


def test_jsonl_accounts_for_every_post(ita, pipeline, posts, read_rows, tmp_path):
    target = tmp_path / "out.jsonl"
    shown = ita("annotate", pipeline, posts, target)
    rows = read_rows(target)
    assert [row["id"] for row in rows] == ["first", "2", "3", "bad", "5"]
    assert rows[0]["entities"][0]["text"] == "paris"
    assert 0 < rows[0]["entities"][0]["confidence"] <= 1
    assert rows[0]["image"] == str(tmp_path / "a.png")
    assert "posts.jsonl:3: " in rows[2]["error"]
    assert "broken.png: not a picture" in rows[3]["warning"]
    assert rows[3]["entities"][0]["label"] == "LOC"
    assert "'text' must be a string" in rows[4]["error"]
    assert "2 with an error, 1 with a warning" in shown.replace("\n", " ")


def test_both_views_in_every_format(ita, pipeline, posts, fake_tesseract, read_rows, tmp_path):
    fake_tesseract()
    parquet = pytest.importorskip("pyarrow.parquet")
    for suffix in ("jsonl", "parquet", "spacy"):
        ita("annotate", pipeline, posts, tmp_path / f"out.{suffix}", "--view", "both")
    rows = read_rows(tmp_path / "out.jsonl")
    names = {"error": None, "warning": None}
    # a later run needs it to continue
    assert all(row.pop("run")["view"] == "both" for row in rows)
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist() == [
        {**names, **row} for row in rows
    ]
    assert all("entities_text" in row and "entities_image" in row for row in rows)
    docs = read_docs(tmp_path / "out.spacy", VOCAB)
    for doc, row in zip(docs, rows, strict=True):
        assert [ent.text for ent in doc.ents] == [ent["text"] for ent in row["entities_image"]]
        group = doc.spans["entities_text"]
        assert group.attrs["confidence"] == [ent["confidence"] for ent in row["entities_text"]]


def test_conll_is_read_again(ita, pipeline, posts, fake_tesseract, tmp_path):
    fake_tesseract()
    target = tmp_path / "out.conll"
    ita("annotate", pipeline, posts, target, "--view", "I+T")
    docs = list(read_conll(target, VOCAB, attributes()))
    assert [doc._.image_path for doc in docs] == [
        str(tmp_path / "a.png"),
        "",
        # posts that could not be read have no words
        "",
        str(tmp_path / "broken.png"),
        "",
    ]
    assert docs[0].ents[0].text == "paris"
    assert "# error: posts.jsonl:3" in target.read_text()


@pytest.mark.slow
def test_a_process_annotates_or_ends_with_one_line(python, pipeline, posts, read_rows, tmp_path):
    target = tmp_path / "out.jsonl"
    shown = python("spacy_ita", "annotate", pipeline, posts, target)
    assert "2 with an error, 1 with a warning" in shown and "UserWarning" not in shown
    assert [row["id"] for row in read_rows(target)] == ["first", "2", "3", "bad", "5"]
    # a command that loads no model ends soonest
    shown = python("spacy", "ita", "convert", posts, tmp_path / "out.xml", code=1)
    assert "out.xml" in shown and "Traceback" not in shown


def test_a_repaired_picture_is_read_again(
    ita, pipeline, posts, poster, fake_tesseract, read_rows, tmp_path
):
    fake_tesseract()
    target = tmp_path / "out.jsonl"
    ita("annotate", pipeline, posts, target)
    before = read_rows(target)
    with posts.open("a") as more:
        more.write('\n{"text": "i love paris"}\n')
    poster("broken.png")
    shown = " ".join(ita("annotate", pipeline, posts, target).split())
    assert "reading 1 posts again" in shown and "continuing after the 5 documents" in shown
    after = read_rows(target)
    assert "warning" not in after[3] and after[3]["run"] != before[3]["run"]
    del before[3], after[3]
    assert (after[:4], after[4]["id"]) == (before, "6")
    assert ": 0 documents" in " ".join(ita("annotate", pipeline, posts, target).split())


def test_a_run_over_a_pipe_is_not_continued(ita, pipeline, tmp_path):
    source, target = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    os.mkfifo(source)
    target.write_text("rows")
    shown = " ".join(ita("annotate", pipeline, source, target, code=1).split())
    assert "but it is a pipe" in shown and target.read_text() == "rows"


def test_rows_stay_where_another_view_or_a_bad_source_is_given(
    ita, pipeline, posts, fake_tesseract, tmp_path
):
    fake_tesseract()
    target, bad = tmp_path / "out.jsonl", tmp_path / "bad.csv"
    ita("annotate", pipeline, posts, target)
    rows = target.read_bytes()
    shown = ita("annotate", pipeline, posts, target, "--view", "T", code=1)
    assert "made with --view I+T, not T" in " ".join(shown.split())
    bad.write_text("no,columns\n1,2\n")
    ita("annotate", pipeline, bad, target, "--overwrite", code=1)
    assert target.read_bytes() == rows
    ita("annotate", pipeline, posts, target, "--view", "T", "--overwrite")
    assert target.read_bytes().count(b'"view": "T"') == rows.count(b"\n")


def test_text_view_looks_at_no_picture(ita, pipeline, posts, read_rows, tmp_path):
    target = tmp_path / "out.jsonl"
    ita("annotate", pipeline, posts, target, "--view", "T", PATH="/nonexistent")
    assert "warning" not in read_rows(target)[3]


def test_a_missing_engine_ends_the_run_with_a_hint(ita, pipeline, posts, tmp_path):
    shown = ita("annotate", pipeline, posts, tmp_path / "o.jsonl", code=1, PATH="/nonexistent")
    assert "apt-get install tesseract-ocr" in shown.replace("\n", " ")
    assert "Traceback" not in shown


def test_an_engine_that_is_not_installed_names_its_extra(pipeline, posts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    target = tmp_path / "out.parquet"
    arguments = ["annotate", str(pipeline), str(posts), str(target), "--engine", "ray"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 1 and "pip install 'spacy_ita[ray]'" in shown.output
    assert not target.exists()


@pytest.mark.slow
def test_the_pipeline_names_the_extensions(pipeline, posts, read_rows, fake_tesseract, tmp_path):
    fake_tesseract()
    names = {"image_path": "pic", "image_ocr": "letters", "image_context": "seen"}
    attrs = {"components.image_ocr.attrs": names}
    attrs["components.ner.attrs"] = {**names, "confidence": "certainty"}
    renamed, target = str(tmp_path / "renamed"), str(tmp_path / "out.spacy")
    spacy.load(pipeline, config=attrs).to_disk(renamed)

    def ita(*args):
        shown = CliRunner().invoke(app, [str(arg) for arg in args])
        assert shown.exit_code == 0, shown.output
        return " ".join(shown.output.split())

    for suffix in ("jsonl", "conll", "parquet"):
        ita("annotate", renamed, posts, tmp_path / f"out.{suffix}")
    first, *_, bad, _ = read_rows(tmp_path / "out.jsonl")
    assert (first["image"], bad["image"]) == (str(tmp_path / "a.png"), str(tmp_path / "broken.png"))
    assert first["entities"][0]["confidence"] is not None and "not a picture" in bad["warning"]
    parquet = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "out.parquet")
    assert parquet.to_pylist()[0]["entities"] == first["entities"]
    assert f"IMGID:{first['image']}" in (tmp_path / "out.conll").read_text()
    assert "2 with a picture" in ita("annotate", renamed, posts, target)
    assert "F1 I+T" in ita("evaluate", renamed, target)
    assert "letters 1" in ita("align", renamed, posts, tmp_path / "aligned.spacy")
    assert "letters 1" in ita("inspect", renamed, first["image"], tmp_path / "seen.png")


def test_align_takes_a_folder(ita, pipeline, poster, fake_tesseract, tmp_path, recwarn):
    fake_tesseract()
    poster("posts/a.png")
    (tmp_path / "posts" / "a.txt").write_text("i love paris")
    (tmp_path / "posts" / "b.png").write_bytes(b"no picture")
    shown = ita("align", pipeline, tmp_path / "posts", tmp_path / "out.spacy")
    shown = " ".join(shown.split())
    assert "2 documents, 2 with a picture, 0 with an error, 1 with a warning" in shown
    assert "b.png: not a picture" in shown
    assert not [warning for warning in recwarn if warning.category is UserWarning]
    first, second = read_docs(tmp_path / "out.spacy", VOCAB)
    assert first.text == "i love paris" and first._.image_ocr[0]["text"] == "PARIS"
    assert second._.image_ocr is None and "b.png" in second.user_data["image_failures"]["image_ocr"]
    ita("annotate", pipeline, tmp_path / "out.spacy", tmp_path / "out.xml", code=1)


@pytest.mark.parametrize("command", ["annotate", "convert", "export", "inspect"])
def test_the_source_is_no_target(command, tmp_path):
    source, link = tmp_path / "posts.jsonl", tmp_path / "link.jsonl"
    source.write_text('{"text": "i love paris"}\n')
    link.symlink_to(source)
    pipeline = ["no_pipeline"] if command in ("annotate", "inspect") else []
    options = ["--overwrite"] if command == "annotate" else []
    for target in (source, link):
        arguments = [command, *pipeline, str(source), str(target), *options]
        shown = CliRunner().invoke(app, arguments)
        assert shown.exit_code == 1
        assert "the target is the source" in " ".join(shown.output.split())
    assert source.read_text() == '{"text": "i love paris"}\n'


def test_convert_refuses_what_it_can_not_write(tmp_path):
    source, target = tmp_path / "train.txt", tmp_path / "train.jsonl"
    source.write_text("paris\tB-LOC\n")
    shown = CliRunner().invoke(app, ["convert", str(source), str(target)])
    assert shown.exit_code == 1 and "ends in .spacy" in " ".join(shown.output.split())
    assert not target.exists()


def test_align_refuses_what_it_can_not_write(tmp_path):
    source = tmp_path / "posts.jsonl"
    source.write_text('{"text": "i love paris"}\n')
    for name, *options, code in (("o.csv", 1), ("o.spacy", "--batch-size", "0", 2)):
        arguments = ["align", "no_pipeline", str(source), str(tmp_path / name), *options]
        shown = CliRunner().invoke(app, arguments)
        assert shown.exit_code == code
        assert ("ends in .spacy" if code == 1 else "--batch-size") in " ".join(shown.output.split())
    assert list(tmp_path.iterdir()) == [source]


def test_align_takes_components_of_another_pipeline(tmp_path):
    nlp, config = spacy.blank("en"), tmp_path / "align.cfg"
    names = ["sentencizer", "image_ocr"]
    for name in names:
        nlp.add_pipe(name)
    nlp.to_disk(tmp_path / "saved")
    parts = [f'[components.{name}]\nsource = "{tmp_path / "saved"}"\n' for name in names]
    head = f'[nlp]\nlang = "en"\npipeline = {json.dumps(names)}\n[components]\n'
    config.write_text(head + "".join(parts))
    assert load_aligners(str(config), {}).pipe_names == ["image_ocr"]


def test_recorded_and_the_config_go_together(tmp_path):
    posts, empty, folder = tmp_path / "posts.jsonl", tmp_path / "empty.cfg", tmp_path / "saved"
    posts.write_text('{"text": "i love paris"}\n')
    empty.write_text("[paths]\nrecorded = null\n")
    spacy.blank("en").to_disk(folder)
    for pipeline, options, cause in (
        (folder, ["--recorded", str(posts)], "--paths.recorded needs a config"),
        (empty, [], "it has no `pipeline` in [nlp]"),
        ("configs/align_recorded.cfg", [], "give the file of alignments with --recorded FILE"),
    ):
        arguments = ["align", str(pipeline), str(posts), str(tmp_path / "out.spacy"), *options]
        shown = CliRunner().invoke(app, arguments)
        assert shown.exit_code == 1 and cause in " ".join(shown.output.split())


def test_a_post_with_two_problems_is_named_once(capsys):
    doc = Doc(VOCAB, words=["paris"])
    Notes(doc).id, Notes(doc).failure = "both", "KeyError"
    note_failure(doc, "image_ocr", "timeout")
    progress = Progress("posts", attributes())
    list(progress.over([doc]))
    progress.name_problems()
    shown = capsys.readouterr().out
    assert "both: KeyError" in shown and "more" not in shown


def test_an_alignment_that_holds_nothing_is_not_counted():
    docs, attrs = [Doc(VOCAB, words=["paris"]) for _ in range(3)], attributes()
    docs[0]._.image_ocr, docs[1]._.image_ocr = [], [{"text": "PARIS", "score": 1.0}]
    progress = Progress("posts", attrs)
    assert list(progress.over(docs)) == docs
    assert progress.counts["image_ocr"] == 1
