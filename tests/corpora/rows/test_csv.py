"""Posts in CSV."""

import pytest

from spacy_ita.corpora import read_corpus


def test_csv(tmp_path, nlp, read):
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


def test_a_quote_in_a_csv_that_is_not_closed_costs_its_own_row(tmp_path, nlp, read):
    path = tmp_path / "posts.csv"
    path.write_text('id,text, image \na,one,p.png\nb,"two,\nc,a "word",\nd,4" wide,\ne,"five\n')
    first, second, fourth, last = read(path, nlp)
    assert first == ("a", "one", "p.png", "") and fourth == ("d", '4" wide', "", "")
    assert second[3].startswith("posts.csv:2: a quote isn't closed in the lines 3 to 4: ")
    assert last[3].startswith("posts.csv:4: a quote isn't closed in the lines 6 to 6: ")


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
