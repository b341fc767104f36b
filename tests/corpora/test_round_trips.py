"""Round trips through every format, with any words."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import spacy
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from spacy_ita.context import Views
from spacy_ita.corpora import Notes, Run, open_writer, read_corpus, resume, writing_alone
from spacy_ita.corpora.conll import read_conll
from spacy_ita.corpora.files.atomic import replacing
from spacy_ita.extensions import attributes

NLP = spacy.blank("en")
ATTRS = attributes()
# a Doc can't hold surrogates
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
LABEL = st.sampled_from(["PER", "LOC", "work-of.art", "名"])
RUN = Run(Views.IT, "a pipeline")
FEW = settings(max_examples=examples(100))


@st.composite
def documents(draw, least=1):
    """A Doc of any words, with entities that don't overlap, a picture and an id."""
    words = draw(st.lists(TEXT, min_size=least, max_size=6))
    doc = Doc(NLP.vocab, words=words, spaces=[draw(st.booleans()) for _ in words])
    ends = sorted(draw(st.sets(st.integers(0, len(words)), max_size=4)))
    doc.ents = [
        Span(doc, start, end, draw(LABEL))
        for start, end in zip(ends[::2], ends[1::2], strict=False)
    ]
    doc._.image_path = draw(st.sampled_from(["", "a picture.png", "1015799"]))
    Notes(doc).id = draw(TEXT)
    return doc


@FEW
@given(st.lists(documents(), min_size=1, max_size=3))
def test_jsonl(docs):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "docs.jsonl"
        with open_writer(path, run=RUN) as write:
            write(docs)
        rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        assert resume(path, docs, RUN, ATTRS) == [True] * len(docs)
        again = list(read_corpus(path, NLP))
    for doc, row, read in zip(docs, rows, again, strict=True):
        assert (read.text, Notes(read).id) == (doc.text, Notes(doc).id) == (row["text"], row["id"])
        assert read._.image_path == doc._.image_path
        assert [doc.text[e["start"] : e["end"]] for e in row["entities"]] == [
            ent.text for ent in doc.ents
        ]
        assert [e["label"] for e in row["entities"]] == [ent.label_ for ent in doc.ents]


@FEW
@given(st.lists(documents(least=0), min_size=1, max_size=3), st.one_of(st.just(""), TEXT))
def test_conll(docs, problem):
    spaces = str.maketrans("\t\r\n", "   ")
    for doc in docs:
        Notes(doc).failure = problem
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "docs.conll"
        with open_writer(path) as write:
            write(docs)
        again = list(read_conll(path, NLP.vocab, ATTRS))
    for doc, read in zip(docs, again, strict=True):
        tokens = [token for token in doc if not token.is_space]
        assert [token.text for token in read] == [
            token.text.translate(spaces).strip(" ") for token in tokens
        ]
        assert [token.ent_type_ for token in read] == [token.ent_type_ for token in tokens]
        assert read._.image_path == doc._.image_path


@pytest.fixture
def doc():
    doc = NLP.make_doc("naïve")
    Notes(doc).id = "1"
    return doc


@pytest.mark.parametrize(
    "lines, number, cause",
    [
        (["their notes"], 1, "not a row of this source"),
        (['{"id": "9", "te'], 1, "not a row of this source"),
        (['{"id": "1", "text": "o"}\n'], 1, "not a row of this command"),
        (['{"id": "1", "text": "naïve", "entities": []}\n'], 1, "not a row of this command"),
        (["[1]\n"], 1, "not a row of this command"),
        ([{"id": "2"}], 1, "not the post that the source has at this place"),
        ([{"text": "other"}], 1, "not the post that the source has at this place"),
        ([{}, {"run": {"view": "T"}}], 2, "made with --view T, not I\\+T"),
        ([{}, {"run": {"view": "both"}}], 2, "made with --view both, not I\\+T"),
        ([{"run": {"pipeline": "other"}}], 1, "made by another pipeline"),
        ([{}, "their notes"], 2, "not a row of this source"),
        ([{"entities": None}], 1, "a row without entities"),
        ([{}, {}, {}], 3, "the source has no such post"),
    ],
)
def test_a_file_that_another_run_made_stays_as_it_is(tmp_path, doc, lines, number, cause):
    row = {"id": "1", "text": "naïve", "image": "", "entities": [], "run": RUN.mark(doc, ATTRS)}
    path = tmp_path / "out.jsonl"
    for place, line in enumerate(lines):
        if not isinstance(line, str):
            made_by = row["run"] | line.get("run", {})
            lines[place] = json.dumps(row | line | {"run": made_by}) + "\n"
    path.write_text("".join(lines), encoding="utf8")
    with pytest.raises(ValueError, match=rf"out\.jsonl:{number}: {cause}, so .* --overwrite"):
        resume(path, [doc, doc], RUN, ATTRS)
    assert path.read_text(encoding="utf8") == "".join(lines)


def test_a_line_that_was_begun_is_cut_off(tmp_path, doc):
    path = tmp_path / "out.jsonl"
    with open_writer(path, run=RUN) as write:
        write([doc, doc])
    whole = path.read_bytes()
    half = len(whole) // 2
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert resume(path, [doc, doc], RUN, ATTRS) == [True] * (size // half)
        assert path.read_bytes() == whole[: size // half * half]


def test_what_a_machine_without_power_left_is_cut_off(tmp_path, doc):
    path = tmp_path / "out.jsonl"
    with open_writer(path, run=RUN) as write:
        write([doc])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:9] + bytes(20))
    assert resume(path, [doc, doc], RUN, ATTRS) == [True]
    assert path.read_bytes() == whole


def test_a_picture_that_changes_makes_its_row_stale(tmp_path, doc):
    path, picture = tmp_path / "out.jsonl", tmp_path / "a.png"
    text_run = Run(Views.T, "a pipeline")
    for run, changes in ((RUN, False), (text_run, True)):
        picture.unlink(missing_ok=True)
        doc._.image_path = str(picture)
        path.unlink(missing_ok=True)
        with open_writer(path, run=run) as write:
            write([doc])
        assert resume(path, [doc], run, ATTRS) == [True]
        picture.write_bytes(b"now it is there")
        assert resume(path, [doc], run, ATTRS) == [changes]
        doc._.image_path = "another.png"
        assert resume(path, [doc], run, ATTRS) == [False]


def test_the_old_rows_stay_until_the_first_new_one(tmp_path, doc):
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with pytest.raises(RuntimeError), open_writer(path, run=RUN, restart=True) as write:
        raise RuntimeError("the source can't be read")
    assert path.read_text() == "old"
    with open_writer(path, run=RUN, restart=True) as write:
        write([doc])
        write([doc])
    assert resume(path, [doc, doc], RUN, ATTRS) == [True, True]
    with open_writer(path, run=RUN, restart=True):
        pass
    assert path.read_text() == ""


def test_another_pipeline_is_another_run(tmp_path):
    NLP.to_disk(tmp_path / "a")
    run = Run.of(Views.IT, tmp_path / "a")
    assert run == Run.of(Views.IT, tmp_path / "a")
    (tmp_path / "a" / "meta.json").write_text("{}")
    assert run != Run.of(Views.IT, tmp_path / "a")


def test_a_file_is_written_by_one_run_at_a_time(tmp_path):
    path = tmp_path / "sub" / "out.jsonl"
    with writing_alone(path):
        with pytest.raises(ValueError, match="another run is writing this file"):
            writing_alone(path).__enter__()
        with open_writer(path) as write:
            write([NLP.make_doc("one")])
    with writing_alone(path):
        assert path.read_bytes().count(b"\n") == 1


def test_two_runs_on_one_file_have_a_part_each(tmp_path):
    path, plain = tmp_path / f"{'长' * 80}.txt", tmp_path / "plain"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    plain.touch()
    assert path.read_text() == "first" and set(tmp_path.iterdir()) == {path, plain}
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(tmp_path, exists):
    link, file = tmp_path / "out.txt", tmp_path / "elsewhere.txt"
    link.symlink_to(file.name)
    if exists:
        file.write_text("old")
        file.chmod(0o640)
    with replacing(link) as part:
        part.write_text("new")
    assert link.is_symlink() and file.read_text() == "new"
    assert set(tmp_path.iterdir()) == {link, file}
    if exists:
        assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("suffix", ["conll", "jsonl", "spacy"])
def test_a_folder_is_no_target(tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    path.mkdir()
    with pytest.raises(IsADirectoryError), open_writer(path):
        raise AssertionError("begun")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", ["conll", "jsonl", "spacy"])
def test_a_pipe_is_no_target(tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    os.mkfifo(path)
    with pytest.raises(OSError, match="a pipe or a device"), open_writer(path):
        raise AssertionError("begun")
    with pytest.raises(OSError, match="a pipe or a device"), writing_alone(path):
        raise AssertionError("begun")
    assert path.is_fifo()


@pytest.mark.parametrize("given, kept", [(np.float32(0.5), 0.5), (float("nan"), None), (1, 1.0)])
def test_any_confidence_is_json(tmp_path, doc, given, kept):
    doc.ents = [Span(doc, 0, 1, "PER")]
    doc.ents[0]._.confidence = given
    with open_writer(tmp_path / "out.jsonl") as write:
        write([doc])
    [ent] = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf8"))["entities"]
    assert ent["confidence"] == kept
