"""A project folder with small corpora."""

import json
import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
import spacy
from PIL import Image

from spacy_ita.cli.shared.files import write_docs

ROOT = Path(__file__).parents[2]
for folder in ("tests/alignment", "tests/encoder"):
    sys.path.insert(0, str(ROOT / folder))

from captioners import vit_gpt2  # noqa: E402, F401 - fixtures
from detectors import yolos  # noqa: E402, F401
from towers import vilt_folder, vit_folder  # noqa: E402, F401

from scripts.experiments.rows import datasets  # noqa: E402

CONVERT = run_path(str(ROOT / "scripts" / "twitter_data.py"))["main"]
SCENES = {"PER": "a man sings on stage", "LOC": "skyline of the city"}


def make_docs(size):
    """ "i love paris", where only picture and alignments distinguish PER from LOC."""
    nlp = spacy.blank("en")
    docs = []
    for number in range(size):
        label, scene = list(SCENES.items())[number % 2]
        doc = nlp.make_doc("i love paris")
        doc.ents = [doc.char_span(7, 12, label)]
        doc.spans["ambiguous"] = list(doc.ents)
        doc._.image_path = str(Path(f"{number}.png").resolve())
        Image.new("RGB", (64, 64), ("red", "blue")[number % 2]).save(doc._.image_path)
        doc._.image_objects = [{"label": label, "attribute": "", "score": 1.0, "box": []}]
        doc._.image_captions = [{"text": f"{scene} {n}", "score": 0.0} for n in range(5)]
        doc._.image_ocr = [{"text": scene, "score": 1.0, "box": []}]
        docs.append(doc)
    return docs


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder, which is the current one, with tweets of 2017 in `tweets`."""
    monkeypatch.chdir(tmp_path)
    # tweets are converted in the same process
    here = SimpleNamespace(run=lambda command, check: CONVERT(*command[2:]))
    monkeypatch.setattr(datasets, "subprocess", here)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    for split in ("train", "dev", "test"):
        write_docs(make_docs(8), Path(f"corpus/demo/aligned/{split}.spacy"))
    folder = tmp_path / "tweets" / "twitter2017"
    folder.mkdir(parents=True)
    tweets = [f"IMGID:{n}\ni\tO\nlove\tO\nparis\tB-{('PER', 'LOC')[n % 2]}\n" for n in range(16)]
    (folder / "train.txt").write_text("\n".join(tweets[:8]))
    (folder / "valid.txt").write_text("\n".join(tweets[8:]))
    captions = [
        {
            "image_id": str(n),
            "captions": [{"model": m, "text": f"{m} sees"} for m in ("blip2", "catr")],
        }
        for n in range(16)
    ]
    knowledge = [{"image_id": str(n), "knowledge": f"paris is {n}"} for n in range(16)]
    (folder / "captions.jsonl").write_text("\n".join(map(json.dumps, captions)))
    (folder / "knowledge.jsonl").write_text("\n".join(map(json.dumps, knowledge)))
    return tmp_path
