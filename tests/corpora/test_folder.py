"""Posts in a folder of pictures and texts."""

import pytest
from PIL import Image


def test_folder(tmp_path, nlp, read):
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


def test_a_folder_from_other_systems(tmp_path, nlp, read):
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


@pytest.mark.parametrize("name", ["part-0.orc", "posts.json", "sub/data.arrow"])
def test_a_folder_without_posts_is_refused(tmp_path, nlp, read, name):
    assert read(tmp_path, nlp) == []
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match="without pictures, texts"):
        read(tmp_path, nlp)
