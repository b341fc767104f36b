"""A small trained pipeline on disk, posts with good and bad pictures, and the commands."""

import os
import subprocess
import sys

import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont
from spacy.training import Example

from spacy_ita.training.optimizer import create_adamw

TEXTS = ("i love paris", "obama sings tonight", "visit london and paris", "on stage in the city")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory, bert_folder):
    """A folder with `image_ocr` and a `crf_ner` that knows Paris, Obama and London."""
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Tesseract.v1", "min_side": 0, "timeout": 2.0}
    nlp.add_pipe("image_ocr", config={"backend": backend})
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    examples = []
    for name, label in (("paris", "LOC"), ("london", "LOC"), ("obama", "PER")):
        gold = nlp.make_doc(f"i love {name}")
        gold.ents = [gold.char_span(7, 7 + len(name), label)]
        examples.append(Example(nlp.make_doc(gold.text), gold))
    examples[0].predicted._.image_ocr = [{"text": "welcome", "score": 1.0, "box": []}]
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(3e-3)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    folder = tmp_path_factory.mktemp("pipeline")
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def poster(tmp_path):
    """Makes a small picture with lettering, and gives its path."""

    def make(name, text="PARIS"):
        image = Image.new("RGB", (160, 60), "white")
        ImageDraw.Draw(image).text((10, 10), text, "black", ImageFont.load_default(30))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        return path

    return make


def command(*args):
    return [sys.executable, "-m", "spacy_ita", *map(str, args)]


@pytest.fixture
def ita():
    """Runs a command; asserts its exit code, and gives what it printed."""

    def run(*args, code=0, **env):
        done = subprocess.run(
            command(*args),
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **env},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
