"""`--engine ray`: a local cluster gives the same output as this process, bit by bit."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from spacy_ita.cli import app

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

TEXTS = ("i love paris", "i love obama tonight", "on stage in the city of london")
CLUSTER = ("--batch-size", 4, "--engine", "ray")


@pytest.fixture
def posts(tmp_path):
    """JSONL of 30 posts with pictures; some pictures and some lines can't be read."""
    lines = []
    for number in range(30):
        Image.new("RGB", (20 + number, 20)).save(tmp_path / f"{number}.png")
        lines.append(json.dumps({"text": TEXTS[number % 3], "image": f"{number}.png"}))
    (tmp_path / "3.png").write_bytes(b"no picture")
    lines[13] = "{no json"
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def table(tmp_path, posts):
    """The same posts as Parquet with the pictures' bytes."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [json.loads(line) if "text" in line else {} for line in posts.read_text().splitlines()]
    pictures = [(tmp_path / row["image"]).read_bytes() if row else None for row in rows]
    images = [data and {"bytes": data, "path": None} for data in pictures]
    columns = {"text": [row.get("text") for row in rows], "image": images}
    path = tmp_path / "posts.parquet"
    parquet.write_table(arrow.table(columns), path, row_group_size=10)
    return path


@pytest.fixture
def run(fake_tesseract):
    """A function that runs a command beside a cluster of two CPUs and returns its output.

    With `kill`, the process that reads pictures is killed on the way.
    """
    log = fake_tesseract()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")

    def run(*args, kill=False, code=0):
        log.write_text("")
        trigger = log.with_name("log.kill")
        if kill:
            trigger.touch()
        done = CliRunner().invoke(app, [str(arg) for arg in args])
        assert done.exit_code == code, done.output
        assert not trigger.exists()
        return " ".join(done.output.split())

    yield run
    ray.shutdown()


def test_annotate_goes_on_though_an_actor_is_killed(run, pipeline, posts, read_rows, tmp_path):
    target = tmp_path / "rows.jsonl"
    both = ("annotate", pipeline, posts, target, "--view", "both")
    run(*both, "--batch-size", 4)
    whole = target.read_bytes()
    target.write_bytes(b"".join(whole.splitlines(keepends=True)[:8]))
    shown = run(*both, *CLUSTER, "--n-process", 2, kill=True)
    assert "continuing after the 8 documents" in shown
    assert "22 documents, 21 with a picture, 1 with an error, 0 with a warning" in shown
    assert target.read_bytes() == whole
    assert any(row["entities_image"] for row in read_rows(target))


def test_align_with_and_without_retries(run, pipeline, table, tmp_path, monkeypatch):
    here, cluster = tmp_path / "here.spacy", tmp_path / "cluster.spacy"
    align = ("align", pipeline, table)
    with monkeypatch.context() as patch:
        # this process reads no picture's bytes: only the actors do
        patch.setattr("spacy_ita.alignment.picture.read_source", None)
        shown = run(*align, cluster, *CLUSTER, "--retries", 0, kill=True, code=1)
        assert "actor died" in shown and "Traceback" not in shown
        assert not cluster.exists()
        assert "image_ocr 28" in run(*align, cluster, *CLUSTER)
    run(*align, here, "--batch-size", 4)
    assert cluster.read_bytes() == here.read_bytes()
