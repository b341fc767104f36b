"""The processes of Tesseract: failures, timeouts, threads and missing models."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import spacy
from PIL import Image
from posters import WORDS, poster

from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.ocr.tesseract_models import list_models
from spacy_ita.errors import BackendError

LISTED = """List of available languages in "/models/" (7):
Fraktur
eng
kor_vert2
osd
rus
script/Cyrillic
script/Greek
"""

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="needs Tesseract")


def test_without_tesseract_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    monkeypatch.setenv("PATH", str(tmp_path))
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    doc = nlp.make_doc("a")
    doc._.image_path = picture.path
    with pytest.raises(BackendError, match="apt-get install tesseract-ocr"):
        nlp(doc)


def test_without_a_language_the_message_says_how_to_install_it():
    with pytest.raises(BackendError, match="apt-get install tesseract-ocr-chi-sim") as caught:
        _ = Tesseract(languages="eng+chi_sim").identity
    assert "eng" in str(caught.value)


def fake_tesseract(folder, body):
    """Write a `tesseract` that reports version and languages, and otherwise runs `body`."""
    path = folder / "tesseract"
    real = shutil.which("tesseract")
    path.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        f"if sys.argv[1].startswith('--'): os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
        f"{body}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_timeout_fails_the_picture_alone(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    fake_tesseract(tmp_path, "time.sleep(30)")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Tesseract.v1", "timeout": 0.1}
    nlp.add_pipe("image_ocr", config={"backend": backend})
    doc = nlp.make_doc("a")
    doc._.image_path = picture.path
    start = time.monotonic()
    with pytest.warns(UserWarning, match="Tesseract failed .*timeout"):
        assert nlp(doc)._.image_ocr is None
    assert time.monotonic() - start < 10


@pytest.mark.slow
def test_a_process_that_fails_costs_no_other_picture(tmp_path, monkeypatch):
    names = ("LONDON", "PARIS", "BERLIN")
    docs = []
    nlp = spacy.blank("en")
    nlp.add_pipe("image_ocr")
    for name in names:
        doc = nlp.make_doc(name)
        picture, _ = poster(tmp_path / f"{name}.png", [(40, 40, 50, name)], size=(400, 140))
        doc._.image_path = picture.path
        docs.append(doc)
    real = shutil.which("tesseract")
    # for a list of pictures, it writes only the first one
    fake_tesseract(
        tmp_path,
        "if sys.argv[1].endswith('.txt'): sys.argv[1] = open(sys.argv[1]).readline().strip()\n"
        f"os.execv({real!r}, [{real!r}, *sys.argv[1:]])",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = [doc._.image_ocr for doc in nlp.pipe(docs)]
    assert [[line["text"] for line in lines] for lines in found] == [[name] for name in names]


def test_tesseract_runs_on_one_thread_and_nothing_else_does(tmp_path, monkeypatch):
    picture, _ = poster(tmp_path / "a.png", WORDS)
    fake_tesseract(
        tmp_path,
        f"open({str(tmp_path / 'limit')!r}, 'w').write(os.environ.get('OMP_THREAD_LIMIT', ''))\n"
        "sys.exit(1)",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    with pytest.raises(Exception, match="1"):
        Tesseract()([picture])
    assert (tmp_path / "limit").read_text() == "1"
    assert "OMP_THREAD_LIMIT" not in os.environ


@pytest.fixture
def many_models(monkeypatch):
    """A Tesseract with models of all kinds of names."""

    def run(command, **options):
        assert command == ["tesseract", "--list-langs"]
        return subprocess.CompletedProcess(command, 0, stdout=LISTED, stderr="")

    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setattr(Tesseract, "version", lambda self: "5.3.0")


def test_models_of_every_name_are_found(many_models):
    assert list_models()[0] == LISTED.split("\n")[1:-1]
    assert str(list_models()[1]) == "/models"
    assert Tesseract(languages="Fraktur+script/Greek").models
    models = Tesseract(languages="auto").models
    assert models["Cyrillic"] == "script/Cyrillic+eng" and models["Greek"] == "script/Greek+eng"
    with pytest.raises(BackendError, match="no model for .'script/Arabic'.*tesseract-ocr-all"):
        Tesseract(languages="script/Arabic").models  # noqa: B018 - asks for the models


def test_a_script_without_a_model_gives_one_warning(many_models, tmp_path, monkeypatch):
    engine = Tesseract(languages="auto")
    monkeypatch.setattr(engine, "script", lambda image: image.getpixel((0, 0)) and "Thai")
    monkeypatch.setattr(engine, "tsv", lambda images, languages: [""] * len(images))
    monkeypatch.setattr("spacy_ita.alignment.ocr.tesseract_backend.lines", lambda *arguments: [])
    picture, _ = poster(tmp_path / "a.png", WORDS)
    with pytest.warns(UserWarning) as caught:
        engine([picture, picture])
        engine([picture])
    [warning] = caught
    assert "Thai text" in str(warning.message)
    assert "apt-get install tesseract-ocr-tha" in str(warning.message)


def test_a_hanging_picture_holds_its_batch_for_little_more_than_its_limit(monkeypatch):
    calls = []

    def hang(source, timeout, **settings):
        calls.append((source, timeout))
        raise RuntimeError("Tesseract process timeout")

    monkeypatch.setattr("pytesseract.image_to_data", hang)
    images = [Image.new("RGB", (9, 9))] * 16
    for engine, count in ((Tesseract(), 16), (Tesseract(), 1), (Tesseract(timeout=0), 16)):
        with pytest.raises(RuntimeError):
            engine.tsv(images[:count], "eng")
    assert [timeout for _, timeout in calls] == [35, 20, 0]
    assert [Path(source).suffix for source, _ in calls] == [".txt", ".pnm", ".txt"]
