"""The API reference is built from docstrings."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_builds_without_warnings(tmp_path):
    pytest.importorskip("pdoc")
    command = [
        sys.executable,
        "-m",
        "pdoc",
        "spacy_ita",
        "-d",
        "google",
        "-t",
        "scripts/reference",
        "-o",
        tmp_path,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Thinc's optimizer has annotations that it doesn't define
    warned = [line for line in done.stderr.splitlines() if "Warn" in line]
    assert not [line for line in warned if " for thinc." not in line], done.stderr
    page = (tmp_path / "spacy_ita" / "context.html").read_text(encoding="utf8")
    assert "white-space:pre-line" in page.replace(" ", "")
    assert "Alignments in the desired order" in page
