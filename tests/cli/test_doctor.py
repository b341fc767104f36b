"""`spacy ita doctor`: what is missing is named with the command that installs it."""

import sys

import pytest
from typer.testing import CliRunner

from spacy_ita.cli import app

REQUIRED = {"nosuchpackage>=2": "missing: pip install 'nosuchpackage>=2'", "spacy<1": "doesn't fit"}


# the package has the command under the module's name
MODULE = sys.modules["spacy_ita.cli.doctor"]


def run():
    done = CliRunner().invoke(app, ["doctor"])
    return done.exit_code, " ".join(done.output.split())


def test_this_installation_is_sound():
    code, shown = run()
    assert code == 0
    assert "transformers: 4." in shown
    assert "languages" in shown and "HF_HUB_OFFLINE" in shown


@pytest.mark.parametrize("line", REQUIRED)
def test_what_is_required_and_missing(line, monkeypatch):
    monkeypatch.setattr(MODULE, "requires", lambda name: [line])
    code, shown = run()
    assert code == 1
    assert REQUIRED[line] in shown


def test_what_is_optional_and_missing(monkeypatch):
    extra = 'nosuchpackage; extra == "parquet"'
    monkeypatch.setattr(MODULE, "requires", lambda name: [extra])
    monkeypatch.setenv("PATH", "/nonexistent")
    code, shown = run()
    assert code == 0
    assert "pip install 'nosuchpackage'" in shown
    assert "apt-get install tesseract-ocr" in shown
