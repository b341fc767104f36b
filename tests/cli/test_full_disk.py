"""Commands on a full disk: an error of one line, what was there stays, and nothing is left over."""

import json
import random
import shutil

import pytest
import spacy
from PIL import Image

from spacy_ita.cli.shared.files import write_docs
from spacy_ita.report.results import append

pytestmark = pytest.mark.cpu
WORDS = ("paris", "obama", "london")


@pytest.fixture
def corpus(tmp_path):
    """Documents with entities and captions that don't compress."""
    nlp, noise = spacy.blank("en"), random.Random(0)
    docs = []
    for number in range(60):
        word = WORDS[number % 3]
        doc = nlp.make_doc(f"i love {word}")
        doc.ents = [doc.char_span(7, len(doc.text), "PER" if word == "obama" else "LOC")]
        doc._.image_path, doc._.image_captions = f"{number}.png", noise.randbytes(24).hex()
        docs.append(doc)
    write_docs(docs, tmp_path / "corpus.spacy")
    return tmp_path / "corpus.spacy"


@pytest.fixture
def ends_with_one_line(start, capfd):
    """A function that runs a command with a limit for files, and checks what it prints."""

    def run(*args, limit):
        process = start(*args, limit=limit)
        process.join(timeout=600)
        assert process.exitcode == 1
        shown = " ".join("".join(capfd.readouterr()).split())
        assert "make room" in shown and "Traceback" not in shown

    return run


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_convert(ends_with_one_line, tmp_path):
    source, target = tmp_path / "a.conll", tmp_path / "a.spacy"
    source.write_text("".join(f"word{number} O\n\n" for number in range(300)))
    target.write_text("old")
    before = contents(tmp_path)
    ends_with_one_line("convert", source, target, limit=500)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["a.jsonl", "a.tsv", "a.conll"])
def test_export(ends_with_one_line, corpus, tmp_path, name):
    (tmp_path / name).write_text("old")
    before = contents(tmp_path)
    format = ("--format", "vinvl") if name == "a.tsv" else ()
    ends_with_one_line("export", corpus, tmp_path / name, *format, limit=500)
    assert contents(tmp_path) == before


def test_init_config(ends_with_one_line, tmp_path):
    target = tmp_path / "a.cfg"
    target.write_text("old")
    before = contents(tmp_path)
    ends_with_one_line("init-config", target, "--force", limit=500)
    assert contents(tmp_path) == before


def test_inspect(ends_with_one_line, tmp_path):
    (tmp_path / "captions.jsonl").write_text('{"image_id": "a", "captions": ["a tower"]}')
    backend = {"@misc": "spacy_ita.Recorded.v1", "part": "captions"}
    nlp = spacy.blank("en")
    backend["path"] = str(tmp_path / "captions.jsonl")
    nlp.add_pipe("image_captions", config={"backend": backend})
    nlp.to_disk(tmp_path / "pipeline")
    Image.effect_noise((300, 300), 80).save(tmp_path / "a.png")
    (tmp_path / "seen.png").write_text("old")
    before = contents(tmp_path)
    arguments = (tmp_path / "pipeline", tmp_path / "a.png", tmp_path / "seen.png")
    ends_with_one_line("inspect", *arguments, limit=5000)
    assert contents(tmp_path) == before


@pytest.mark.slow
def test_calibrate(ends_with_one_line, pipeline, corpus, tmp_path):
    shutil.copytree(pipeline, tmp_path / "calibrated")
    before = contents(tmp_path)
    largest = max(len(content) for content in before.values())
    arguments = (pipeline, corpus, tmp_path / "calibrated")
    ends_with_one_line("calibrate", *arguments, limit=int(0.9 * largest))
    assert contents(tmp_path) == before


@pytest.mark.slow
def test_report(ends_with_one_line, tmp_path):
    scores = {"p": 0.5, "r": 0.5, "f": 0.5}
    line = {"data": "demo", "encoder": "minilm", "split": "test", "settings": {}, "recipe": "new"}
    line |= {"per_type": {"PER": scores}, "kinds": {"plain": 0.5}, "predictions": "none", **scores}
    for seed in (0, 1):
        for approach, view in (("T-only", "T"), ("ITA-GA", "I+T")):
            row = {**line, "approach": approach, "view": view, "seed": seed}
            append(tmp_path / "results.jsonl", [row])
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("old")
    before = contents(tmp_path)
    ends_with_one_line("report", tmp_path / "results.jsonl", page, limit=3000)
    assert contents(tmp_path) == before
    assert json.loads((tmp_path / "results.jsonl").read_text().splitlines()[0])
