"""A picture from each kind of source, and the errors of broken ones."""

import base64
import io
import json
import os
import tarfile
import zipfile
from multiprocessing import get_context
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from picture_bytes import picture_bytes

from spacy_ita.alignment.picture import Picture
from spacy_ita.sources import PictureError, limits, member_of, read_source, stamp

RED, BLUE = picture_bytes("red"), picture_bytes("blue")


def write_zip(folder):
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        archive.writestr("a.png", RED)
        archive.writestr("folder/b.png", BLUE)
    return f"zip://a.png::{folder}/pictures.zip"


def write_tar(folder, name="pictures.tar", mode="w"):
    with tarfile.open(folder / name, mode) as archive:
        for member, data in (("./a.png", RED), ("b.png", BLUE)):
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return f"tar://a.png::{folder}/{name}"


def write_parquet(folder, values=None, name="posts.parquet", **options):
    values = values or [{"bytes": BLUE, "path": "b.png"}, {"bytes": RED, "path": None}]
    pq.write_table(pa.table({"the image": values}), folder / name, **options)
    return member_of("parquet", f"{folder}/{name}", "the image", len(values) - 1)


def write_arrow(folder):
    table = pa.table({"image": [BLUE, RED]})
    with (
        pa.OSFile(str(folder / "data.arrow"), "wb") as file,
        pa.ipc.new_stream(file, table.schema) as out,
    ):
        out.write_table(table, max_chunksize=1)
    return f"arrow://image/1::{folder}/data.arrow"


def write_jsonl(folder):
    first = json.dumps({"text": "é", "image": "x"}, ensure_ascii=False).encode() + b"\n"
    second = json.dumps({"images": [[], [base64.b64encode(RED).decode()]]}).encode()
    (folder / "posts.jsonl").write_bytes(first + second)
    return f"jsonl://images/{len(first)}/1/0::{folder}/posts.jsonl"


def write_store(folder):
    fsspec.filesystem("memory").pipe_file("/pictures/a.png", RED)
    return "memory://pictures/a.png"


def write_zip_in_store(folder):
    write_zip(folder)
    data = (folder / "pictures.zip").read_bytes()
    fsspec.filesystem("memory").pipe_file("/pictures.zip", data)
    return "zip://a.png::memory://pictures.zip"


def write_file(folder):
    (folder / "a ä.png").write_bytes(RED)
    return (folder / "a ä.png").as_uri()


MAKERS = {
    "file": write_file,
    "data": lambda folder: "data:image/png;base64," + base64.b64encode(RED).decode(),
    "data in percents": lambda folder: "data:," + "".join(f"%{byte:02x}" for byte in RED),
    "zip": write_zip,
    "tar": write_tar,
    "tar.gz": lambda folder: write_tar(folder, "pictures.tar.gz", "w:gz"),
    "parquet": write_parquet,
    "arrow": write_arrow,
    "jsonl": write_jsonl,
    "store": write_store,
    "zip in a store": write_zip_in_store,
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_source_gives_the_bytes_of_its_picture(tmp_path, name):
    source = MAKERS[name](tmp_path)
    assert read_source(source) == RED
    picture = Picture(source)
    assert picture.image.getpixel((0, 0)) == (255, 0, 0)
    (tmp_path / "copy.png").write_bytes(RED)
    # the cache is keyed by the bytes, wherever they stand
    assert picture.sha256 == Picture(str(tmp_path / "copy.png")).sha256


def broken(folder):
    write_zip(folder)
    write_tar(folder)
    write_parquet(folder)
    (folder / "text.zip").write_bytes(b"secret content")
    (folder / "posts.jsonl").write_bytes(b'{"image": "secret content!"}\n')
    return {
        f"zip://none.png::{folder}/pictures.zip": ("no such member", "missing"),
        f"zip://folder/::{folder}/pictures.zip": ("no such member", "missing"),
        f"zip://a.png::{folder}/none.zip": ("No such file", "missing"),
        f"zip://a.png::{folder}/text.zip": ("damaged archive", "unreadable"),
        f"tar://a.png::{folder}/text.zip": ("damaged archive", "unreadable"),
        f"tar://link.png::{folder}/pictures.tar": ("not a file", "unreadable"),
        "zip://a.png": ("give the archive", "unreadable"),
        "parquet://image/0": ("give the file", "unreadable"),
        f"parquet://the%20image/2::{folder}/posts.parquet": ("no picture in row 2", "missing"),
        f"parquet://image/0::{folder}/posts.parquet": ("no picture in row 0", "missing"),
        f"parquet://image::{folder}/posts.parquet": ("give the column and the row", "unreadable"),
        f"parquet://image/0::{folder}/text.zip": ("arquet", "unreadable"),
        f"jsonl://image/0::{folder}/posts.jsonl": ("not base64", "unreadable"),
        "zip://a.png::https://example.org/a.zip": ("a container is a file", "refused"),
        "data:image/png": ("needs a comma", "unreadable"),
        "data:image/png;base64,secret!": ("not base64", "unreadable"),
        f"memory://{folder}/none.png": ("no such file", "missing"),
        "https://example.org/a.png": ("--allow-http", "refused"),
        f"file://{folder}/none.png": ("No such file", "missing"),
    }


def test_broken_sources_are_errors_without_content(tmp_path):
    for source, (cause, kind) in broken(tmp_path).items():
        with pytest.raises(PictureError) as caught:
            read_source(source)
        message = str(caught.value)
        assert cause in message, source
        assert caught.value.kind == kind, source
        assert "secret" not in message
        assert "\n" not in message


def test_a_store_without_its_package_says_what_to_install(monkeypatch):
    def missing(scheme):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "filesystem", missing)
    with pytest.raises(PictureError, match=r"pip install 'spacy_ita\[s3\]'"):
        read_source("s3://bucket/a.png")


def test_messages_hide_what_is_secret():
    url = "https://user:secret@example.org/a.png?X-Amz-Signature=secret"
    with pytest.raises(PictureError, match="example.org/a.png") as caught:
        read_source(url)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Picture(url))
    assert "iVBOR" not in repr(Picture("data:image/png;base64,iVBORw0"))


@pytest.mark.parametrize("name", ["zip", "tar", "parquet", "store", "data"])
def test_a_picture_that_is_too_large_is_not_read(tmp_path, name, monkeypatch):
    source = MAKERS[name](tmp_path)
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    with pytest.raises(PictureError, match="more than 10 bytes") as caught:
        read_source(source)
    assert caught.value.kind == "too large"


def test_a_row_of_the_path_alone_is_read_beside_the_table(tmp_path):
    (tmp_path / "a.png").write_bytes(RED)
    source = write_parquet(tmp_path, [{"bytes": None, "path": "a.png"}])
    assert read_source(source) == RED


def test_rows_in_any_order_over_row_groups(tmp_path):
    pictures = [picture_bytes(size=(n + 1, 1)) for n in range(200)]
    write_parquet(tmp_path, pictures, row_group_size=70)
    for row in [0, 1, 150, 3, 69, 70, 199, 198, 0]:
        assert (
            read_source(f"parquet://the%20image/{row}::{tmp_path}/posts.parquet") == pictures[row]
        )


def test_a_changed_container_is_opened_again(tmp_path):
    source = write_zip(tmp_path)
    assert read_source(source) == RED
    before = stamp(source)
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("a.png", BLUE)
    os.utime(tmp_path / "pictures.zip", (1, 1))
    assert stamp(source) != before
    assert read_source(source) == BLUE


def _read(sources, queue):
    queue.put([read_source(source) for source in sources])


@pytest.mark.slow
def test_a_forked_process_opens_containers_itself(tmp_path):
    sources = [write_tar(tmp_path), write_zip(tmp_path), write_parquet(tmp_path)] * 20
    _ = [read_source(source) for source in sources]
    context = get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_read, args=(sources, queue))
    process.start()
    own = [read_source(source) for source in sources]
    assert queue.get(timeout=20) == own == [RED] * 60
    process.join()


def test_containers_of_a_corpus_are_closed_again(tmp_path):
    names = [tmp_path / str(number) for number in range(20)]
    for name in names:
        name.mkdir()
        assert read_source(write_tar(name)) == RED
    links = Path("/proc/self/fd").iterdir()
    assert sum(str(tmp_path) in str(link.resolve()) for link in links) <= 8
