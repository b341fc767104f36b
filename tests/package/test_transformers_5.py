"""The package under transformers 5, which the tests install in a temporary folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OVERLAY = ("transformers==5.24.0", "tokenizers>=0.23.1,<0.24", "huggingface_hub==1.33.0", "hf-xet")
TESTS = (
    "tests/encoder",
    "tests/ner/test_older_pipelines.py",
    "tests/ner/test_serialization.py",
    "tests/alignment/objects",
    "tests/alignment/captions",
    "tests/alignment/language_models",
    "tests/alignment/hub",
    "tests/alignment/test_saving.py",
    "tests/demo/test_shipped_models.py",
    "tests/package/test_no_pickle.py",
)
READ = """
import json, sys
from spacy_ita.context import Context
from spacy_ita.encoder import View, build_context_encoder

found = {}
for folder in sys.argv[1:]:
    encoder = build_context_encoder(folder)
    encoder.initialize()
    context = Context([["a man sings", "on stage"], ["person"]])
    views = [View(["i", "love", "paris"][:n], context) for n in (1, 3)]
    found[folder] = encoder.predict(views).vectors.tolist()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A function that runs Python with or without transformers 5 on its path."""
    if sys.version_info < (3, 11):
        pytest.skip("transformers 5.24 needs Python 3.11")
    overlay = tmp_path_factory.mktemp("overlay")

    def run(*arguments, newer=True):
        paths = [str(overlay), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        changed = {"PYTHONPATH": os.pathsep.join(filter(None, paths))} if newer else {}
        command = [sys.executable, *map(str, arguments)]
        environment = {**os.environ, **changed}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    installed = run("-m", "pip", "install", "--target", overlay, "--no-deps", *OVERLAY, newer=False)
    if installed.returncode:
        pytest.skip(f"transformers 5 can't be installed: {installed.stderr.strip()[-200:]}")
    return run


@pytest.mark.slow
def test_spacy_loads_beside_spacy_transformers(run):
    script = "import spacy, transformers as t; spacy.blank('en'); print(t.__version__)"
    done = run("-c", script)
    assert done.stdout.strip() == "5.24.0", done.stderr


@pytest.mark.slow
def test_vectors_are_the_same(run, bert_folder, roberta_folder, xlmr_folder):
    folders = [bert_folder, roberta_folder, xlmr_folder]
    older, newer = (run("-W", "ignore", "-c", READ, *folders, newer=new) for new in (False, True))
    assert older.returncode == newer.returncode == 0, older.stderr + newer.stderr
    expected, found = (json.loads(done.stdout.splitlines()[-1]) for done in (older, newer))
    for folder, views in expected.items():
        for ours, theirs in zip(found[folder], views, strict=True):
            for word, other in zip(ours, theirs, strict=True):
                assert word == pytest.approx(other, abs=1e-5)


@pytest.mark.slow
def test_its_tests_pass(run):
    done = run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *TESTS)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.slow
def test_a_packaged_pipeline_reads_the_same(run):
    packaged = "tests/package/test_package.py::test_wheel_in_another_environment"
    done = run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--slow", packaged)
    assert done.returncode == 0, done.stdout[-4000:]
