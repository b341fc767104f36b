"""The package under transformers 5, which the tests install in a temporary folder."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
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
# its minor version is 15 ahead of torch's
TORCHVISION = f"torchvision==0.{int(version('torch').split('.')[1]) + 15}.*"
NEED_TORCHVISION = (
    "tests/alignment/language_models/test_chat_families.py",
    "tests/alignment/hub/test_models.py::test_torchvision_gives_the_same_answers",
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


def install(folder, *packages):
    """Installs packages alone in a folder; skips the test if that can't be done."""
    command = [sys.executable, "-m", "pip", "install", "--target", folder, "--no-deps", *packages]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{packages[0]} can't be installed: {done.stderr.strip()[-200:]}")
    return folder


def python(*arguments, path):
    """Runs Python with folders on its path."""
    paths = [*map(str, path), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def run_tests(*arguments, path):
    """Runs tests, all of which must pass; returns the output."""
    done = python("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments, path=path)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def transformers_5(tmp_path_factory):
    """A folder with transformers 5."""
    if sys.version_info < (3, 11):
        pytest.skip("transformers 5.24 needs Python 3.11")
    return install(tmp_path_factory.mktemp("transformers_5"), *OVERLAY)


@pytest.fixture(scope="module")
def torchvision(tmp_path_factory):
    """A folder with torchvision, and with what SmolVLM's processor needs beside it."""
    return install(tmp_path_factory.mktemp("torchvision"), TORCHVISION, "num2words")


@pytest.mark.slow
def test_spacy_loads_beside_spacy_transformers(transformers_5):
    script = "import spacy, transformers as t; spacy.blank('en'); print(t.__version__)"
    done = python("-c", script, path=[transformers_5])
    assert done.stdout.strip() == "5.24.0", done.stderr


@pytest.mark.slow
def test_vectors_are_the_same(transformers_5, bert_folder, roberta_folder, xlmr_folder):
    folders = [bert_folder, roberta_folder, xlmr_folder]
    older, newer = (
        python("-W", "ignore", "-c", READ, *folders, path=path) for path in ([], [transformers_5])
    )
    assert older.returncode == newer.returncode == 0, older.stderr + newer.stderr
    expected, found = (json.loads(done.stdout.splitlines()[-1]) for done in (older, newer))
    for folder, views in expected.items():
        for ours, theirs in zip(found[folder], views, strict=True):
            for word, other in zip(ours, theirs, strict=True):
                assert word == pytest.approx(other, abs=1e-5)


@pytest.mark.slow
def test_its_tests_pass(transformers_5):
    run_tests(*TESTS, path=[transformers_5])


@pytest.mark.slow
def test_a_packaged_pipeline_reads_the_same(transformers_5):
    packaged = "tests/package/test_package.py::test_wheel_in_another_environment"
    run_tests("--slow", packaged, path=[transformers_5])


@pytest.mark.slow
@pytest.mark.parametrize("newer", [False, True])
def test_models_whose_processors_need_torchvision(newer, torchvision, request):
    path = [torchvision, ROOT / "tests" / "small_models"]
    if newer:
        path.insert(0, request.getfixturevalue("transformers_5"))
    plugin = ("-p", "torchvision_operators")
    shown = run_tests("--slow", "-rs", *plugin, *NEED_TORCHVISION, path=path)
    # Qwen3-VL and Florence-2
    assert shown.count("SKIPPED") == (0 if newer else 2)
