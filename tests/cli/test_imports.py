"""What the entry point of the commands, which every command of spaCy loads, brings in."""

import subprocess
import sys

import pytest

IMPORTS = """
import sys

import pytest
import spacy.cli

before = set(sys.modules)
from spacy_ita.cli import app
heavy = {"torch", "transformers", "spacy_transformers", "huggingface_hub", "pytesseract"}
print(*sorted(name for name in set(sys.modules) - before if name.split(".")[0] in heavy))
"""


@pytest.mark.slow
def test_the_commands_cost_spacy_no_model_library():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
