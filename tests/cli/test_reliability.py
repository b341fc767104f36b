"""Bad pictures, kills, full disks and hanging engines: no post is lost or doubled."""

import json
import random
import signal
import time
from itertools import count

import pytest
import spacy
from PIL import Image

from benchmarks.parts.mixed_posts import CAUSES, kind_of, write_posts
from spacy_ita.cli.shared.files import read_docs
from spacy_ita.corpora import Notes
from spacy_ita.pipeline.annotator import Annotator

VOCAB = spacy.blank("en").vocab
TEXTS = ("i love paris", "i love obama", "i love london", "on stage in the city")

LIMIT = 12_000
"""Maximum size of a file in bytes, above that of the temporary files of loading a pipeline."""


@pytest.fixture
def texts(tmp_path):
    """JSONL of 400 posts without pictures, whose texts don't compress."""
    path = tmp_path / "texts.jsonl"
    noise = random.Random(0)
    lines = [
        json.dumps({"id": f"post {n}", "text": f"{TEXTS[n % 4]} {noise.randbytes(24).hex()}"})
        for n in range(400)
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def album(tmp_path):
    """JSONL of 40 posts, each with its own picture."""
    lines = []
    for number in range(40):
        Image.new("RGB", (20 + number, 20)).save(tmp_path / f"{number}.png")
        lines.append(json.dumps({"text": TEXTS[number % 4], "image": f"{number}.png"}))
    path = tmp_path / "album.jsonl"
    path.write_text("\n".join(lines))
    return path


def plain(rows):
    """Strip confidences off rows: their last digits depend on the other posts of a batch."""
    for ent in (ent for row in rows for ent in row["entities"]):
        del ent["confidence"]
    return rows


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def hanging_after(batches):
    """Make an `Annotator.__call__` that hangs after a number of batches."""
    annotate, numbers = Annotator.__call__, count(1)

    def call(self, docs):
        if next(numbers) > batches:
            time.sleep(60)
        return annotate(self, docs)

    return call


def ends_with(process, code):
    process.join(timeout=600)
    assert process.exitcode == code


def kill(process):
    process.kill()
    ends_with(process, -signal.SIGKILL)


@pytest.mark.slow
def test_hundreds_of_good_and_bad_pictures(start, pipeline, read_rows, tmp_path):
    count = 280
    source, target = write_posts(tmp_path / "posts", count), tmp_path / "out.jsonl"
    ends_with(start("annotate", pipeline, source, target), 0)
    rows = read_rows(target)
    assert len(rows) == count
    for number, row in enumerate(rows):
        kind = kind_of(number)
        found = row.get("error" if kind == "line" else "warning", "")
        if CAUSES[kind] is not None:
            assert CAUSES[kind] in found
            assert bool(CAUSES[kind]) == bool(found)
        if kind != "line":
            assert row["id"] == f"{kind} {number}"
            assert row["entities"][0]["text"] == "paris"


@pytest.mark.slow
def test_annotate_killed_at_random_goes_on_where_it_was(
    start, pipeline, texts, read_rows, tmp_path, monkeypatch
):
    whole, target = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    arguments = ("--view", "T", "--batch-size", 2)
    ends_with(start("annotate", pipeline, texts, whole, *arguments), 0)
    dice = random.Random(0)
    for _ in range(6):
        done, more = lines(target), dice.randint(1, 40)
        with monkeypatch.context() as patch:
            # the run must not end before it is killed
            patch.setattr(Annotator, "__call__", hanging_after(more // 2 + 3))
            run = start("annotate", pipeline, texts, target, *arguments)
        while lines(target) < done + more:
            assert run.is_alive()
            time.sleep(0.002)
        kill(run)
    ends_with(start("annotate", pipeline, texts, target, *arguments), 0)
    assert plain(read_rows(target)) == plain(read_rows(whole))


@pytest.mark.slow
def test_annotate_goes_on_after_any_byte(start, pipeline, texts, read_rows, tmp_path, capfd):
    lines = texts.read_text().split("\n")[:6]
    texts.write_text("\n".join(lines))
    target = tmp_path / "out.jsonl"
    ends_with(start("annotate", pipeline, texts, target, "--view", "T"), 0)
    whole, rows = target.read_bytes(), plain(read_rows(target))
    for size in (0, 1, len(whole) // 2, len(whole) - 1, len(whole)):
        target.write_bytes(whole[:size])
        ends_with(start("annotate", pipeline, texts, target, "--view", "T"), 0)
        assert plain(read_rows(target)) == rows
    whole = target.read_bytes()
    texts.write_text("\n".join(lines[1:]))
    ends_with(start("annotate", pipeline, texts, target, "--view", "T"), 1)
    assert "not the post that the source has" in " ".join(capfd.readouterr().out.split())
    assert target.read_bytes() == whole
    texts.write_text("\n".join(lines))
    ends_with(start("annotate", pipeline, texts, target, "--view", "both"), 1)
    assert target.read_bytes() == whole


@pytest.mark.slow
def test_align_killed_at_random_reads_no_picture_twice(
    start, pipeline, album, fake_tesseract, tmp_path
):
    log = fake_tesseract()
    target, cache = tmp_path / "out.spacy", tmp_path / "cache.sqlite"
    kills = (5, 20, 30)
    for calls in kills:
        # later calls hang, so that the run doesn't end
        log.with_name("last").write_text(str(calls + 5))
        run = start("align", pipeline, album, target, "--cache", cache)
        while lines(log) < calls:
            assert run.is_alive()
            time.sleep(0.002)
        kill(run)
        assert not target.exists()
    log.with_name("last").write_text("1000")
    ends_with(start("align", pipeline, album, target, "--cache", cache), 0)
    batch = 16
    assert 40 <= lines(log) <= 40 + len(kills) * batch
    docs = read_docs(target, VOCAB)
    assert [Notes(doc).id for doc in docs] == [str(number) for number in range(1, 41)]
    assert all(doc._.image_ocr[0]["text"] == "PARIS" for doc in docs)


@pytest.mark.slow
def test_two_runs_share_a_cache(start, pipeline, album, fake_tesseract, tmp_path):
    fake_tesseract()
    targets = [tmp_path / f"{name}.spacy" for name in ("one", "two")]
    cache = tmp_path / "cache.sqlite"
    runs = [start("align", pipeline, album, target, "--cache", cache) for target in targets]
    for run in runs:
        ends_with(run, 0)
    for target in targets:
        docs = read_docs(target, VOCAB)
        assert len(docs) == 40 and all(doc._.image_ocr for doc in docs)


@pytest.mark.parametrize(
    "suffix",
    ["spacy", *(pytest.param(suffix, marks=pytest.mark.slow) for suffix in ("conll", "parquet"))],
)
def test_full_disk_keeps_what_was_there(start, pipeline, texts, tmp_path, capfd, suffix):
    target = tmp_path / f"out.{suffix}"
    target.write_bytes(b"an earlier run's")
    ends_with(start("annotate", pipeline, texts, target, "--view", "T", limit=LIMIT), 1)
    assert target.read_bytes() == b"an earlier run's"
    assert not list(tmp_path.glob(".*.part"))
    shown = " ".join("".join(capfd.readouterr()).split())
    assert "make room" in shown and "Traceback" not in shown


@pytest.mark.slow
def test_align_on_a_full_disk(start, pipeline, texts, tmp_path, capfd):
    target = tmp_path / "out.spacy"
    target.write_bytes(b"an earlier run's")
    ends_with(start("align", pipeline, texts, target, limit=LIMIT), 1)
    assert target.read_bytes() == b"an earlier run's"
    shown = " ".join("".join(capfd.readouterr()).split())
    assert "make room" in shown and "Traceback" not in shown
    ends_with(start("align", pipeline, texts, target), 0)
    assert len(read_docs(target, VOCAB)) == 400


@pytest.mark.slow
def test_align_does_without_a_cache_on_a_full_disk(
    start, pipeline, album, fake_tesseract, tmp_path
):
    log = fake_tesseract()
    target, cache = tmp_path / "out.spacy", tmp_path / "cache.sqlite"
    ends_with(start("align", pipeline, album, target, "--cache", cache, limit=LIMIT), 0)
    assert lines(log) == 40
    assert all(doc._.image_ocr for doc in read_docs(target, VOCAB))
    calls = []
    for _ in range(2):
        ends_with(start("align", pipeline, album, target, "--cache", cache), 0)
        calls.append(lines(log))
        assert all(doc._.image_ocr for doc in read_docs(target, VOCAB))
    # pictures that didn't fit into the cache are read again, and then stored
    assert 40 < calls[0] <= 80 and calls[1] == calls[0]


@pytest.mark.slow
def test_full_disk_and_on_from_there(start, pipeline, texts, read_rows, tmp_path, capfd):
    whole, target = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    ends_with(start("annotate", pipeline, texts, whole, "--view", "T"), 0)
    ends_with(start("annotate", pipeline, texts, target, "--view", "T", limit=LIMIT), 1)
    shown = " ".join("".join(capfd.readouterr()).split())
    assert "make room" in shown and "Traceback" not in shown
    assert whole.read_bytes().startswith(target.read_bytes())
    ends_with(start("annotate", pipeline, texts, target, "--view", "T"), 0)
    assert plain(read_rows(target)) == plain(read_rows(whole))


@pytest.mark.slow
def test_an_engine_that_hangs_costs_one_picture(
    start, pipeline, fake_tesseract, read_rows, tmp_path
):
    fake_tesseract(hang_at=20_000)
    nlp = spacy.load(pipeline, config={"components.image_ocr.backend.timeout": 2.0})
    nlp.to_disk(tmp_path / "impatient")
    size = (200, 200)
    noise = Image.frombytes("L", size, random.Random(0).randbytes(size[0] * size[1]))
    lines = []
    for name in ("before", "hangs", "after"):
        picture = noise if name == "hangs" else Image.new("L", size)
        picture.save(tmp_path / f"{name}.png")
        lines.append(json.dumps({"id": name, "text": TEXTS[0], "image": f"{name}.png"}))
    source, target = tmp_path / "posts.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines))
    ends_with(start("annotate", tmp_path / "impatient", source, target), 0)
    rows = {row["id"]: row for row in read_rows(target)}
    assert "hangs.png: Tesseract failed" in rows["hangs"]["warning"]
    assert "timeout" in rows["hangs"]["warning"]
    assert not any("warning" in rows[name] for name in ("before", "after"))
