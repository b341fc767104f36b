"""Containers through `annotate` and `align`: what came in stays in the output."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from spacy_ita.sources.http import addresses


@pytest.fixture
def table(tmp_path):
    """Writes a Parquet file of posts with the picture's bytes, and returns its path."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(pictures):
        count = len(pictures)
        columns = {
            "likes": arrow.array(range(count), arrow.int16()),
            "text": ["i love paris"] * count,
            "image": pictures,
            "when": arrow.array([0] * count, arrow.timestamp("ms")),
            "id": [f"p{number}" for number in range(count)],
        }
        parquet.write_table(arrow.table(columns), tmp_path / "posts.parquet", row_group_size=2)
        return tmp_path / "posts.parquet"

    return write


def read(path):
    return pytest.importorskip("pyarrow.parquet").read_table(path)


def pictures(poster):
    data = poster("a.png").read_bytes()
    return [{"bytes": data, "path": "a.jpg"}, None, {"bytes": b"secret", "path": None}]


def test_parquet_in_and_out(ita, pipeline, poster, fake_tesseract, table, tmp_path):
    fake_tesseract()
    source, target = table(pictures(poster)), tmp_path / "out.parquet"
    shown = " ".join(ita("annotate", pipeline, source, target).split())
    assert "3 documents, 2 with a picture" in shown
    assert "picture: not a picture" in shown
    assert "secret" not in shown
    found = read(target)
    old = read(source).schema
    names = ["likes", "text", "image", "when", "id", "entities", "error", "warning"]
    assert found.schema.names == names
    assert [found.schema.field(n).type for n in ("likes", "text", "when", "id")] == [
        old.field(n).type for n in ("likes", "text", "when", "id")
    ]
    first, second, third = found.to_pylist()
    assert (first["likes"], first["id"]) == (0, "p0")
    assert [ent["text"] for ent in first["entities"]] == ["paris"]
    assert first["image"] == {"bytes": None, "path": f"parquet://image/0::{source}"}
    assert second["image"] is None
    assert "parquet://image/2::" in third["warning"] and "secret" not in third["warning"]
    # what came out can go in again
    again = tmp_path / "again.jsonl"
    ita("annotate", pipeline, target, again, "--view", "T")
    rows = [json.loads(line) for line in again.read_text().splitlines()]
    assert [row["image"] for row in rows][0] == f"parquet://image/0::{source}"
    assert list(rows[0])[:3] == ["likes", "text", "image"]


def test_pictures_are_written_again_if_asked_for(ita, pipeline, poster, table, tmp_path):
    given = pictures(poster)[:2]
    source, target = table(given), tmp_path / "out.parquet"
    ita("annotate", pipeline, source, target, "--view", "T", "--with-pictures")
    assert read(target).column("image")[0].as_py()["bytes"] == given[0]["bytes"]
    shown = ita("annotate", pipeline, source, tmp_path / "a.jsonl", "--with-pictures", code=1)
    assert "only a .parquet target" in " ".join(shown.split())


def test_jsonl_keeps_keys_and_order_and_goes_on(
    ita, pipeline, poster, fake_tesseract, read_rows, tmp_path
):
    log = fake_tesseract()
    code = base64.b64encode(poster("a.png").read_bytes()).decode()
    source, target = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    posts = [
        {"author": {"name": "ann"}, "image": code, "text": "i love paris", "warning": "old"},
        {"text": "i love london", "images": ["a.png", f"data:image/png;base64,{code}"], "n": 1},
    ]
    source.write_text("".join(json.dumps(post) + "\n" for post in posts))
    ita("annotate", pipeline, source, target)
    first, second = read_rows(target)
    assert list(first) == ["author", "image", "text", "id", "entities", "run"]
    assert first["author"] == {"name": "ann"}
    assert code not in target.read_text()
    assert list(second)[:3] == ["text", "images", "n"]
    assert second["image"] == str(tmp_path / "a.png")
    # one picture, whose bytes are equal, was read once
    assert log.read_text().count("read") <= 2
    whole = target.read_bytes()
    target.write_bytes(whole[:-40])
    shown = ita("annotate", pipeline, source, target)
    assert "continuing after the 1 documents" in shown
    assert target.read_bytes() == whole


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_align_to_rows(ita, align_cfg, poster, fake_tesseract, table, read_rows, tmp_path, suffix):
    fake_tesseract()
    source, target = table(pictures(poster)), tmp_path / f"aligned.{suffix}"
    ita("align", align_cfg, source, target)
    rows = read_rows(target) if suffix == "jsonl" else read(target).to_pylist()
    assert rows[0]["likes"] == 0
    assert [line["text"] for line in rows[0]["image_ocr"]] == ["PARIS"]
    assert rows[1]["image_ocr"] is None
    assert "not a picture" in rows[2]["warning"]


def test_options_for_the_pictures(ita, pipeline, poster, fake_tesseract, read_rows, tmp_path):
    fake_tesseract()
    poster("folder/a.png")
    source = tmp_path / "posts.csv"
    source.write_text("text,photo,likes\ni love paris,a.png,3\n")
    options = ("--picture-column", "photo", "--images", tmp_path / "folder")
    ita("annotate", pipeline, source, tmp_path / "out.jsonl", *options)
    [row] = read_rows(tmp_path / "out.jsonl")
    assert row["image"] == str(tmp_path / "folder" / "a.png")
    assert (row["photo"], row["likes"]) == ("a.png", "3")
    shown = ita("annotate", pipeline, source, tmp_path / "b.jsonl", "--picture-column", "x", code=1)
    assert "the columns are text (text), photo (text), likes (text)" in " ".join(shown.split())
    target = tmp_path / "out.parquet"
    ita("annotate", pipeline, source, target, "--picture-column", "photo", "--view", "T")
    assert read(target).schema.names[:4] == ["text", "photo", "likes", "id"]


def test_the_web_needs_permission(
    ita, align_cfg, poster, fake_tesseract, read_rows, tmp_path, monkeypatch
):
    fake_tesseract()
    data = poster("a.png").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - name of the library
            self.send_response(200 if self.path == "/a.png" else 404)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    monkeypatch.setattr(addresses, "is_public", lambda address: True)
    source, target = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        urls = [f"http://127.0.0.1:{server.server_port}/{name}.png" for name in "ab"]
        source.write_text("".join(json.dumps({"image": url}) + "\n" for url in urls))
        shown = ita("align", align_cfg, source, target)
        assert "picture: refused" in shown
        assert all("--allow-http" in row["warning"] for row in read_rows(target))
        shown = ita("align", align_cfg, source, target, "--allow-http")
        server.shutdown()
    first, second = read_rows(target)
    assert [line["text"] for line in first["image_ocr"]] == ["PARIS"]
    assert "b.png: the server answers 404" in second["warning"]
    assert "picture: HTTP status" in shown
