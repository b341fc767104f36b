"""Posts in Parquet."""

import pytest


def test_parquet(tmp_path, nlp, read):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"text": ["one", None, "three"], "image": [None, None, "p.png"], "other": [1, 2, 3]}
    parquet.write_table(arrow.table(columns), tmp_path / "posts.parquet")
    one, none, three = read(tmp_path / "posts.parquet", nlp)
    assert one == ("1", "one", "", "") and three == ("3", "three", "p.png", "")
    assert "neither a text nor an image" in none[3]


def test_a_column_of_another_type_is_one_error_with_all_columns(tmp_path, nlp, read):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "posts.parquet"
    parquet.write_table(arrow.table({"text": ["secret"], "image": [1.5]}), path)
    with pytest.raises(ValueError, match=r"posts\.parquet.*`image` is of type double") as caught:
        read(path, nlp)
    assert "the columns are text (string), image (double)" in str(caught.value)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_ids_that_parquet_has_rounded(tmp_path, nlp, read):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "posts.parquet"
    ids = arrow.array([1015799123456789012.0, 7.0, None])
    columns = {"id": ids, "text": ["a", "b", "c"], "photos": ["a.jpg"] * 3}
    parquet.write_table(arrow.table(columns), path)
    with pytest.warns(UserWarning, match="'photos' is not read"):
        rounded, *others = read(path, nlp)
    assert "write ids as strings" in rounded[3] and [post[0] for post in others] == ["7", "3"]


@pytest.mark.parametrize(
    ("names", "ids", "cause"),
    [
        (["text", "text"], ["1", "2"], "more than one column 'text'"),
        (["text", "id"], [16777217.0, 2.0], "column `id` is of type float, which rounds ids"),
    ],
)
def test_columns_of_parquet_that_mislead_are_refused(tmp_path, nlp, read, names, ids, cause):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    kind = arrow.float32() if isinstance(ids[0], float) else arrow.string()
    table = arrow.Table.from_arrays([arrow.array(["a", "b"]), arrow.array(ids, kind)], names)
    parquet.write_table(table, tmp_path / "posts.parquet")
    with pytest.raises(ValueError, match=rf"posts\.parquet.*{cause}"):
        read(tmp_path / "posts.parquet", nlp)


def test_a_row_of_parquet_that_is_not_utf8_is_an_error_of_its_post(tmp_path, nlp, read):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = arrow.array([b"one", b"caf\xe9", b"three"], arrow.binary()).view(arrow.string())
    parquet.write_table(arrow.table({"text": texts}), tmp_path / "posts.parquet")
    first, latin, last = read(tmp_path / "posts.parquet", nlp)
    assert first == ("1", "one", "", "") and last == ("3", "three", "", "")
    assert latin[0] == "2" and "posts.parquet:2: not UTF-8: convert it" in latin[3]
