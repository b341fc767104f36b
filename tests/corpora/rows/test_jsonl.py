"""Posts in JSONL, and the fields of a post."""

import json

import pytest


def test_jsonl_names_each_line_that_is_broken(tmp_path, nlp, read):
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


def test_a_text_that_spacy_refuses_is_an_error_of_its_post(tmp_path, nlp, read):
    nlp.max_length = 10
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "longer than ten"}\n{"text": "short"}\n')
    (_, text, _, error), second = read(path, nlp)
    assert text == "" and "[E088]" in error
    assert second[1] == "short"


def test_an_image_that_can_be_no_file_costs_the_text_nothing(tmp_path, nlp, read):
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "paris", "image": "x" * 5000}))
    assert read(path, nlp) == [("1", "paris", "x" * 5000, "")]


def test_numbers_are_ids(tmp_path, nlp, read):
    path = tmp_path / "posts.jsonl"
    ids = ["7", "7.0", "1e3", "NaN", "true", "1.5", "Infinity"]
    path.write_text("\n".join(f'{{"id": {number}, "text": "paris"}}' for number in ids))
    posts = read(path, nlp)
    assert [name for name, *_ in posts] == ["7", "7", "1000", "4", "5", "6", "7"]
    assert [bool(error) for *_, error in posts] == [False] * 4 + [True] * 3
    assert all("'id' must be a string" in error for *_, error in posts[4:])


def test_ids_that_a_float_has_rounded_are_refused(tmp_path, nlp, read):
    path = tmp_path / "posts.jsonl"
    ids = ["1015799123456789012", "1015799123456789012.0", "9007199254740992.0"]
    path.write_text("\n".join(f'{{"id": {number}, "text": "paris"}}' for number in ids))
    whole, rounded, exact = read(path, nlp)
    assert (whole[0], exact[0]) == ("1015799123456789012", "9007199254740992")
    assert rounded[0] == "2" and "whose last digits are lost: write ids as strings" in rounded[3]


def test_what_is_no_picture_gives_no_warning(tmp_path, nlp, read, recwarn):
    path = tmp_path / "posts.jsonl"
    path.write_text(
        '{"text": "paris", "images": null, "imagery": "x"}\n{"image": "a", "photo": "b"}'
    )
    assert [post[2] for post in read(path, nlp)] == ["", "a"]
    assert not recwarn.list


def test_what_pandas_has_for_nothing_is_nothing(tmp_path, nlp, read):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"id": NaN, "text": "paris", "image": NaN}\n{"text": NaN, "image": "a.jpg"}')
    assert read(path, nlp) == [("1", "paris", "", ""), ("2", "", "a.jpg", "")]


@pytest.mark.parametrize("image", [5, {"secret": "/9j/"}, [["a.jpg", True]]])
def test_a_picture_of_another_form_is_refused_without_its_content(tmp_path, nlp, read, image):
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"text": "paris", "image": image}))
    [(_, _, _, error)] = read(path, nlp)
    assert "a picture is of type" in error and "/9j/" not in error
