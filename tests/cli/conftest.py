"""A small trained pipeline on disk, posts with good and bad pictures, and the commands."""

import json
import multiprocessing
import os
import resource
import subprocess
import sys

import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont
from spacy.training import Example
from typer.testing import CliRunner

from spacy_ita.cli import app
from spacy_ita.training.optimizer import create_adamw


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory, bert_folder):
    """A folder with `image_ocr` and a `crf_ner` that knows Paris, Obama and London."""
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Tesseract.v1", "min_side": 0}
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
def write_align_cfg(tmp_path):
    """A function that writes `align.cfg` of one pipe, with lines for its backend."""

    def write(pipe, backend=""):
        lines = ["[nlp]", 'lang = "en"', f'pipeline = ["{pipe}"]', "[components]"]
        lines += [f"[components.{pipe}]", f'factory = "{pipe}"']
        lines += [f"[components.{pipe}.backend]", backend] if backend else []
        path = tmp_path / "align.cfg"
        path.write_text("\n".join(lines))
        return path

    return write


@pytest.fixture
def align_cfg(write_align_cfg):
    """A config whose pipe is `image_ocr`."""
    return write_align_cfg("image_ocr")


@pytest.fixture
def poster(tmp_path):
    """A function that draws a small picture with text and returns its path."""

    def make(name, text="PARIS"):
        image = Image.new("RGB", (160, 60), "white")
        ImageDraw.Draw(image).text((10, 10), text, "black", ImageFont.load_default(30))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        return path

    return make


@pytest.fixture
def ita():
    """A function that runs a command in this process and returns its output."""

    def run(*args, code=0, **env):
        arguments = [str(arg) for arg in args]
        # commands catch expected errors; all others fail the test
        done = CliRunner().invoke(app, arguments, env=env, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done.output

    return run


@pytest.fixture
def python():
    """A function that runs a module in its own process and returns its output, on one line."""

    def run(*args, code=0):
        command = [sys.executable, "-m", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    return run


FORK = multiprocessing.get_context("fork")


def _run(args, limit):
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    app([str(arg) for arg in args])


@pytest.fixture
def start():
    """A function that starts a command in a fork, which needs no imports.

    Its `limit` is the maximum size of a file in bytes, which acts like a full disk.
    """

    def start(*args, limit=None):
        process = FORK.Process(target=_run, args=(args, limit))
        process.start()
        return process

    return start


COLUMNS = "level page_num block_num par_num line_num word_num left top width height conf text"
FIELDS = "5 %d 1 1 1 1 0 0 9 9 96.5 PARIS"
TESSERACT = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.3.0"; exit ;;
--list-langs) echo "List of available languages (1):"; echo eng; exit ;;
*.txt) pictures=$(cat "$1") ;;
*) pictures=$1 ;;
esac
printf '{columns}\\n' > "$2.tsv"
page=0
for picture in $pictures; do
    page=$((page + 1))
    echo read >> "{log}"
    if [ $(wc -l < "{log}") -gt 5 ] && rm "{log}.kill" 2>/dev/null; then kill -9 $PPID; fi
    if [ $(gzip -c "$picture" | wc -c) -gt {hang_at} ]; then exec sleep 60; fi
    if [ $(wc -l < "{log}") -ge $(cat "{folder}/last") ]; then exec sleep 60; fi
    printf '{fields}\\n' $page >> "$2.tsv"
done
"""


@pytest.fixture
def fake_tesseract(tmp_path, monkeypatch):
    """A function that puts a fake `tesseract` on the PATH and returns its log.

    It reads PARIS in every picture, also in each one of a list, and logs it. It hangs at pictures
    that are large when compressed, and from the picture on whose number stands in the file `last`
    beside the log. If there is a file `log.kill`, a later picture removes it and kills the caller.
    """

    def make(hang_at=10**6):
        folder = tmp_path / "bin"
        folder.mkdir()
        log = folder / "log"
        log.touch()
        (folder / "last").write_text("1000")
        program = folder / "tesseract"
        columns, fields = (line.replace(" ", r"\t") for line in (COLUMNS, FIELDS))
        script = TESSERACT.format(
            folder=folder, log=log, hang_at=hang_at, columns=columns, fields=fields
        )
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        return log

    return make


@pytest.fixture
def read_rows():
    """A function that reads a file of JSON lines."""

    def read(path):
        return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]

    return read
