"""Reading of posts from every source, and the errors of those that can't be read."""

import json
import os
from threading import Thread

import pytest
from PIL import Image

from spacy_ita.cli.shared.files import write_docs
from spacy_ita.corpora import Notes, read_corpus


def test_a_picture_whose_path_is_not_utf8_is_an_error_of_its_post(tmp_path, nlp):
    """Neither `.spacy` files nor other processes take such a path."""
    latin1 = os.fsdecode(b"caf\xe9")
    good, named = tmp_path / "posts", tmp_path / latin1
    for file in (good / "a.png", good / f"{latin1}.png", named / "b.png"):
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(file)
    (named / "posts.jsonl").write_text('{"image": "b.png"}\n{"text": "paris"}')
    (named / "posts.conll").write_text("IMGID:b.png\nparis\tO\n")
    inside, below = list(read_corpus(good, nlp)), list(read_corpus(named / "posts.jsonl", nlp))
    assert [Notes(doc).id for doc in inside] == ["a.png", "caf\\udce9.png"]
    errors = [Notes(doc).error for doc in [*inside, *below]]
    assert [bool(error) for error in errors] == [False, True, True, False]
    assert all("is not UTF-8: rename it" in error for error in errors if error)
    assert write_docs([*inside, *below], tmp_path / "all.spacy") == 4
    assert len(list(nlp.pipe([*inside, *below], n_process=2))) == 4
    with pytest.raises(ValueError, match="is not UTF-8: rename it"):
        list(read_corpus(named / "posts.conll", nlp))


@pytest.mark.parametrize("name", ["img", "picture", "image_url", "photo", "Image"])
def test_a_picture_under_an_unknown_name_gives_one_warning(tmp_path, nlp, read, name):
    jsonl, table = tmp_path / "posts.jsonl", tmp_path / "posts.csv"
    post = json.dumps({"text": "paris", name: "a.jpg"})
    jsonl.write_text(f'{post}\n{post}\n{{"text": "paris", "{name}": null}}')
    table.write_text(f"text,{name}\nparis,a.jpg\nparis,\n")
    for path in (jsonl, table):
        with pytest.warns(UserWarning) as caught:
            read(path, nlp)
        [warning] = caught
        assert str(warning.message).startswith(f"{path}: {name!r} is not read: ")
        assert f"--picture-column {name}" in str(warning.message)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "conll"])
def test_utf16_gets_a_hint_of_its_own(tmp_path, nlp, read, suffix):
    path = tmp_path / f"posts.{suffix}"
    path.write_bytes("id,text\n1,paris\n".encode("utf-16"))
    try:
        error = read(path, nlp)[0][3]
    except ValueError as raised:
        error = str(raised)
    assert "iconv -f utf-16 -t utf-8" in error


@pytest.mark.parametrize(
    ("suffix", "data"),
    [("csv", "id,text\n7,paris\n"), ("jsonl", '{"id": 7, "text": "paris"}'), ("conll", "paris O")],
)
def test_a_pipe_is_read_once(tmp_path, nlp, read, suffix, data):
    path = tmp_path / f"posts.{suffix}"
    os.mkfifo(path)
    writer = Thread(target=path.write_text, args=(data,), daemon=True)
    writer.start()
    [(_, text, _, error)] = read(path, nlp)
    assert (text.strip(), error) == ("paris", "")
    writer.join()


def test_docbin_keeps_alignments_and_ids(tmp_path, nlp):
    doc = nlp.make_doc("i love paris")
    doc._.image_captions = [{"text": "a tower", "score": 0.0}]
    Notes(doc).id = "kept"
    write_docs([doc, nlp.make_doc("second")], tmp_path / "docs.spacy")
    first, second = read_corpus(tmp_path / "docs.spacy", nlp)
    # DocBin turns lists into tuples
    assert list(first._.image_captions) == doc._.image_captions
    assert (Notes(first).id, Notes(second).id) == ("kept", "2")


@pytest.mark.parametrize("name", ["posts.spacy", "posts.parquet", "posts.csv", "posts.xml"])
def test_a_file_of_another_kind_is_one_error(tmp_path, nlp, name):
    path = tmp_path / name
    path.write_bytes(b"neither of these")
    with pytest.raises(ValueError, match="damaged|Parquet|no column|can't read") as caught:
        list(read_corpus(path, nlp))
    assert str(path) in str(caught.value)
