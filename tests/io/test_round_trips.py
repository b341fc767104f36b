"""What is written is what is read again, whatever the words."""

import json
import tempfile
from pathlib import Path

import pytest
import spacy
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc, Span

from spacy_ita.extensions import attributes
from spacy_ita.io import Notes, open_writer, read_corpus, resume, writing_alone
from spacy_ita.io.atomic import replacing
from spacy_ita.io.conll import read_conll

NLP = spacy.blank("en")
ATTRS = attributes()
# surrogates can't be in a Doc
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
LABEL = st.sampled_from(["PER", "LOC", "work-of.art", "名"])
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
        with open_writer(path) as write:
            write(docs)
        rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        assert resume(path, docs) == len(docs)
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


@pytest.mark.parametrize("whole", ["", '{"id": "1", "text": "one", "entities": []}\n'])
@pytest.mark.parametrize("tail", ["their notes", '{"id": "9", "te', '{"id": "1", "text": "o"}'])
def test_a_file_of_another_source_stays_as_it_is(tmp_path, whole, tail):
    path, doc = tmp_path / "out.jsonl", NLP.make_doc("other")
    Notes(doc).id = "1"
    path.write_text(whole + tail)
    with pytest.raises(ValueError, match=r"out\.jsonl:1: not of this source"):
        resume(path, [doc, doc])
    assert path.read_text() == whole + tail


def test_a_line_that_was_begun_is_cut_off(tmp_path):
    path, doc = tmp_path / "out.jsonl", NLP.make_doc("naïve")
    Notes(doc).id = "1"
    with open_writer(path) as write:
        write([doc, doc])
    whole = path.read_bytes()
    half = len(whole) // 2
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert resume(path, [doc, doc]) == size // half
        assert path.read_bytes() == whole[: size // half * half]


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


@pytest.mark.parametrize("suffix", ["conll", "jsonl", "spacy"])
def test_a_folder_is_no_target(tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    path.mkdir()
    with pytest.raises(IsADirectoryError), open_writer(path):
        raise AssertionError("begun")
    assert list(tmp_path.iterdir()) == [path]
