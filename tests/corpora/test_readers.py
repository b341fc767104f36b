"""Reading of posts from every source, and the errors of those that can't be read."""

import json
import os
from threading import Thread

import pytest
import spacy
from PIL import Image

from spacy_ita.cli.shared.files import write_docs
from spacy_ita.corpora import Notes, read_corpus


@pytest.fixture
def nlp():
    return spacy.blank("en")


def read(path, nlp):
    """Read id, text, picture's name and error of each post."""
    return [
        (Notes(doc).id, doc.text, doc._.image_path.rsplit("/")[-1], Notes(doc).error)
        for doc in read_corpus(path, nlp)
    ]


def test_folder(tmp_path, nlp):
    for name in ("a.jpg", "b.png", "sub/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "a.txt").write_bytes("\ufeffein Café\n".encode())
    (tmp_path / "d.txt").write_text("no picture")
    (tmp_path / "e.txt").write_bytes("Café".encode("latin1"))
    (tmp_path / "notes.md").write_text("not a post")
    posts = read(tmp_path, nlp)
    assert [post[:3] for post in posts] == [
        ("a.jpg", "ein Café", "a.jpg"),
        ("b.png", "", "b.png"),
        ("d.txt", "no picture", ""),
        ("e.txt", "", ""),
        ("sub/c.png", "", "c.png"),
    ]
    assert [bool(error) for *_, error in posts] == [False, False, False, True, False]
    assert "e.txt: not UTF-8 at byte 3: convert it" in posts[3][3]


def test_a_folder_from_other_systems(tmp_path, nlp):
    for name in ("A.JPG", "b.heic", "c.svg", "e.ico", "._A.JPG", ".thumbnails/sub/A.JPG"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("A.TXT", "D.TXT", "b.txt", "._D.TXT", ".hidden.txt"):
        (tmp_path / name).write_text(f"text of {name}")
    assert read(tmp_path, nlp) == [
        ("A.JPG", "text of A.TXT", "A.JPG", ""),
        ("D.TXT", "text of D.TXT", "", ""),
        ("b.heic", "text of b.txt", "b.heic", ""),
        ("c.svg", "", "c.svg", ""),
        ("e.ico", "", "e.ico", ""),
    ]


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


def test_jsonl_names_each_line_that_is_broken(tmp_path, nlp):
    path = tmp_path / "posts.jsonl"
    good = json.dumps({"id": 7, "text": "hé", "image": "id-of-a-record"}).encode()
    lines = {
        b"{": "Expecting property name",
        b"": None,
        b'{"text": "\xe9"}': "not UTF-8 at byte 10",
        b'["text"]': "a line must be an object",
        b'{"text": 1}': "'text' must be a string, not 1",
        b'{"id": "x"}': "neither a text nor an image",
        b'{"text": "\\ud800"}': "'text' is not UTF-8 at character 0",
        b"[" * 100_000: "recursion",
    }
    path.write_bytes(b"\n".join([good, *lines, good]))
    first, *broken, last = read(path, nlp)
    assert first == last == ("7", "hé", "id-of-a-record", "")
    for (name, _, _, error), cause in zip(broken, filter(None, lines.values()), strict=True):
        assert error.startswith(f"posts.jsonl:{name}: ")
        assert cause in error
    assert [name for name, *_ in broken] == ["2", "4", "5", "6", "7", "8", "9"]


def test_a_text_that_spacy_refuses_is_an_error_of_its_post(tmp_path, nlp):
    nlp.max_length = 10
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "longer than ten"}\n{"text": "short"}\n')
    (_, text, _, error), second = read(path, nlp)
    assert text == "" and "[E088]" in error
    assert second[1] == "short"


def test_an_image_that_can_be_no_file_costs_the_text_nothing(tmp_path, nlp):
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "paris", "image": "x" * 5000}))
    assert read(path, nlp) == [("1", "paris", "x" * 5000, "")]


def test_numbers_are_ids(tmp_path, nlp):
    path = tmp_path / "posts.jsonl"
    ids = ["7", "7.0", "1e3", "NaN", "true", "1.5", "Infinity"]
    path.write_text("\n".join(f'{{"id": {number}, "text": "paris"}}' for number in ids))
    posts = read(path, nlp)
    assert [name for name, *_ in posts] == ["7", "7", "1000", "4", "5", "6", "7"]
    assert [bool(error) for *_, error in posts] == [False] * 4 + [True] * 3
    assert all("'id' must be a string" in error for *_, error in posts[4:])


def test_ids_that_a_float_has_rounded_are_refused(tmp_path, nlp):
    path = tmp_path / "posts.jsonl"
    ids = ["1015799123456789012", "1015799123456789012.0", "9007199254740992.0"]
    path.write_text("\n".join(f'{{"id": {number}, "text": "paris"}}' for number in ids))
    whole, rounded, exact = read(path, nlp)
    assert (whole[0], exact[0]) == ("1015799123456789012", "9007199254740992")
    assert rounded[0] == "2" and "whose last digits are lost: write ids as strings" in rounded[3]


@pytest.mark.parametrize("name", ["images", "img", "picture", "image_url", "photo", "Image"])
def test_a_picture_under_a_name_that_is_not_read_is_warned_of_once(tmp_path, nlp, name):
    jsonl, table = tmp_path / "posts.jsonl", tmp_path / "posts.csv"
    post = json.dumps({"text": "paris", name: "a.jpg"})
    jsonl.write_text(f'{post}\n{post}\n{{"text": "paris", "{name}": null}}')
    table.write_text(f"text,{name}\nparis,a.jpg\nparis,\n")
    for path in (jsonl, table):
        with pytest.warns(UserWarning) as caught:
            read(path, nlp)
        [warning] = caught
        assert str(warning.message).startswith(f"{path}: {name!r} is not read: ")
        assert "under 'image'" in str(warning.message)


def test_what_is_no_picture_is_not_warned_of(tmp_path, nlp, recwarn):
    path = tmp_path / "posts.jsonl"
    path.write_text(
        '{"text": "paris", "images": null, "imagery": "x"}\n{"image": "a", "photo": "b"}'
    )
    assert [post[2] for post in read(path, nlp)] == ["", "a"]
    assert not recwarn.list


def test_what_pandas_has_for_nothing_is_nothing(tmp_path, nlp):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": NaN, "text": "paris", "image": NaN}\n{"text": NaN, "image": "a.jpg"}')
    assert read(path, nlp) == [("1", "paris", "", ""), ("2", "", "a.jpg", "")]


@pytest.mark.parametrize(
    "image", [{"bytes": "/9j/", "path": "a.jpg"}, ["a.jpg"]], ids=["dict", "list"]
)
def test_a_picture_that_is_no_path_is_refused_without_its_bytes(tmp_path, nlp, image):
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "paris", "image": image}))
    [(_, _, _, error)] = read(path, nlp)
    assert "give the path of a file" in error and "/9j/" not in error


def test_csv(tmp_path, nlp):
    path = tmp_path / "posts.csv"
    rows = [
        b"\xef\xbb\xbfid,text,image",
        b'x,"two\nlines, one field",p.png',
        b"y,caf\xe9,",
        b"z,too,many,fields",
        b"few",
        b'big,"' + b"long\n" * 40_000 + b'",',
        b"last,fine,",
    ]
    path.write_bytes(b"\n".join(rows))
    first, latin, many, few, big, last = read(path, nlp)
    assert first == ("x", "two\nlines, one field", "p.png", "")
    assert "'text' is not UTF-8 at character 3" in latin[3]
    assert "more or fewer fields" in many[3] and "more or fewer fields" in few[3]
    assert big == ("big", "long\n" * 40_000, "", "")
    assert last == ("last", "fine", "", "")


def test_a_quote_in_a_csv_that_is_not_closed_costs_its_own_row(tmp_path, nlp):
    path = tmp_path / "posts.csv"
    path.write_text('id,text, image \na,one,p.png\nb,"two,\nc,a "word",\nd,4" wide,\ne,"five\n')
    first, second, fourth, last = read(path, nlp)
    assert first == ("a", "one", "p.png", "") and fourth == ("d", '4" wide', "", "")
    assert second[3].startswith("posts.csv:2: a quote isn't closed in the lines 3 to 4: ")
    assert last[3].startswith("posts.csv:4: a quote isn't closed in the lines 6 to 6: ")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "conll"])
def test_utf16_gets_a_hint_of_its_own(tmp_path, nlp, suffix):
    path = tmp_path / f"posts.{suffix}"
    path.write_bytes("id,text\n1,paris\n".encode("utf-16"))
    try:
        error = read(path, nlp)[0][3]
    except ValueError as raised:
        error = str(raised)
    assert "iconv -f utf-16 -t utf-8" in error


@pytest.mark.parametrize(
    "header, cause",
    [
        ("", "the file is empty"),
        ('"id"x,text\n', "columns"),
        ("id;text;image\n", "separated by commas"),
        ("id,text, text\n", "more than one column 'text'"),
    ],
)
def test_a_csv_without_columns(tmp_path, nlp, header, cause):
    path = tmp_path / "posts.csv"
    path.write_text(header)
    with pytest.raises(ValueError, match=rf"posts\.csv.*{cause}"):
        list(read_corpus(path, nlp))


@pytest.mark.parametrize(
    ("suffix", "data"),
    [("csv", "id,text\n7,paris\n"), ("jsonl", '{"id": 7, "text": "paris"}'), ("conll", "paris O")],
)
def test_a_pipe_is_read_once(tmp_path, nlp, suffix, data):
    path = tmp_path / f"posts.{suffix}"
    os.mkfifo(path)
    writer = Thread(target=path.write_text, args=(data,), daemon=True)
    writer.start()
    [(_, text, _, error)] = read(path, nlp)
    assert (text.strip(), error) == ("paris", "")
    writer.join()


def test_parquet(tmp_path, nlp):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"text": ["one", None, "three"], "image": [None, None, "p.png"], "other": [1, 2, 3]}
    parquet.write_table(arrow.table(columns), tmp_path / "posts.parquet")
    one, none, three = read(tmp_path / "posts.parquet", nlp)
    assert one == ("1", "one", "", "") and three == ("3", "three", "p.png", "")
    assert "neither a text nor an image" in none[3]


def test_pictures_in_parquet_are_one_error_without_their_bytes(tmp_path, nlp):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "posts.parquet"
    data = b"\xff\xd8binary"
    for image in ({"bytes": data, "path": "a.jpg"}, data):
        parquet.write_table(arrow.table({"text": ["one"], "image": [image]}), path)
        with pytest.raises(
            ValueError, match=r"posts\.parquet.*column `image`.*path of a file"
        ) as caught:
            read(path, nlp)
        assert "\\xff" not in str(caught.value) and "\n" not in str(caught.value)
    ids = arrow.array([1015799123456789012.0, 7.0, None])
    columns = {"id": ids, "text": ["a", "b", "c"], "images": ["a.jpg"] * 3}
    parquet.write_table(arrow.table(columns), path)
    with pytest.warns(UserWarning, match="'images' is not read"):
        rounded, *others = read(path, nlp)
    assert "write ids as strings" in rounded[3] and [post[0] for post in others] == ["7", "3"]


@pytest.mark.parametrize(
    ("names", "ids", "cause"),
    [
        (["text", "text"], ["1", "2"], "more than one column 'text'"),
        (["text", "id"], [16777217.0, 2.0], "column `id` is of type float, which rounds ids"),
    ],
)
def test_columns_of_parquet_that_mislead_are_refused(tmp_path, nlp, names, ids, cause):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    kind = arrow.float32() if isinstance(ids[0], float) else arrow.string()
    table = arrow.Table.from_arrays([arrow.array(["a", "b"]), arrow.array(ids, kind)], names)
    parquet.write_table(table, tmp_path / "posts.parquet")
    with pytest.raises(ValueError, match=rf"posts\.parquet.*{cause}"):
        read(tmp_path / "posts.parquet", nlp)


@pytest.mark.parametrize("name", ["part-0.parquet", "posts.jsonl", "sub/data.arrow"])
def test_a_folder_without_posts_is_refused(tmp_path, nlp, name):
    assert read(tmp_path, nlp) == []
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match="without pictures and texts"):
        read(tmp_path, nlp)


def test_a_row_of_parquet_that_is_not_utf8_is_an_error_of_its_post(tmp_path, nlp):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = arrow.array([b"one", b"caf\xe9", b"three"], arrow.binary()).view(arrow.string())
    parquet.write_table(arrow.table({"text": texts}), tmp_path / "posts.parquet")
    first, latin, last = read(tmp_path / "posts.parquet", nlp)
    assert first == ("1", "one", "", "") and last == ("3", "three", "", "")
    assert latin[0] == "2" and "posts.parquet:2: not UTF-8: convert it" in latin[3]


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
