"""The package under transformers 5, which the tests install in a temporary folder."""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import numpy
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
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
# a client of a server imports no transformers
WITHOUT = "tests/alignment/language_models/test_served*"
# its minor version is 15 ahead of torch's
TORCHVISION = f"torchvision==0.{int(version('torch').split('.')[1]) + 15}.*"
NEED_TORCHVISION = (
    "tests/alignment/language_models/test_chat_families.py",
    "tests/alignment/hub/test_models.py::test_torchvision_gives_the_same_answers",
)


VISION = {
    "caption": ["blip", "blip_2", "git", "vit_gpt2"],
    "detect": ["yolos", "detr", "rt_detr", "wide_rt_detr"],
    "look_for_names": ["owlv2", "grounding_dino_of_two_layers"],
    "compare": ["clip", "siglip"],
    "see": ["vit_folder", "clip_folder", "resnet_folder"],
}
"""Models by what is asked of them, a function of `backend_answers.py`."""


@pytest.fixture
def python(run):
    """A function that runs Python with folders on its path and returns its output."""

    def python(*arguments, path):
        paths = [*map(str, path), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        return run(sys.executable, *arguments, cwd=ROOT, env=environment)

    return python


@pytest.fixture
def run_tests(python):
    """A function that runs tests, all of which must pass; it returns the output."""

    def run_tests(*arguments, path):
        return python("-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *arguments, path=path)

    return run_tests


@pytest.fixture(scope="module")
def torchvision(install):
    """A folder with torchvision, and with what SmolVLM's processor needs beside it."""
    return install(TORCHVISION, "num2words")


@pytest.mark.slow
def test_its_tests_pass(run_tests, transformers_5):
    run_tests(*TESTS, f"--ignore-glob={ROOT / WITHOUT}", path=[transformers_5])


@pytest.mark.slow
def test_vectors_are_the_same_beside_spacy_transformers(
    python, transformers_5, bert_folder, roberta_folder, xlmr_folder
):
    from encoder_vectors import vectors_of

    folders = [bert_folder, roberta_folder, xlmr_folder]
    script = ("-W", "ignore", "tests/package/encoder_vectors.py")
    shown = python(*script, *folders, path=[transformers_5])
    number, *found = json.loads(shown.splitlines()[-1])
    assert number == "5.24.0"
    for folder, views in zip(folders, found, strict=True):
        for ours, theirs in zip(views, vectors_of(folder), strict=True):
            for word, other in zip(ours, theirs, strict=True):
                assert word == pytest.approx(other, abs=1e-5)


@pytest.mark.slow
def test_vision_models_say_the_same(python, transformers_5, request, tmp_path):
    import backend_answers

    noise = numpy.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype="uint8")
    path = str(tmp_path / "a.png")
    Image.fromarray(noise).resize((96, 64)).save(path)
    calls = [
        (kind, str(request.getfixturevalue(name)))
        for kind, names in VISION.items()
        for name in names
    ]
    script = ("-W", "ignore", "tests/package/backend_answers.py", path)
    shown = python(*script, *map(json.dumps, calls), path=[transformers_5])
    number, *found = json.loads(shown.splitlines()[-1])
    assert number == "5.24.0"
    for (kind, folder), ours in zip(calls, found, strict=True):
        theirs = getattr(backend_answers, kind)(folder, path)
        # OWLv2's grey is a byte under version 5, and so a little lighter
        allowed = 0.1 if kind == "look_for_names" else 1e-4
        assert ours == pytest.approx(theirs, abs=allowed), folder


@pytest.mark.slow
@pytest.mark.parametrize("newer", [False, True])
def test_models_whose_processors_need_torchvision(run_tests, newer, torchvision, request):
    path = [torchvision, ROOT / "tests" / "small_models"]
    if newer:
        path.insert(0, request.getfixturevalue("transformers_5"))
    plugin = ("-p", "torchvision_operators")
    shown = run_tests("--slow", "-rs", *plugin, *NEED_TORCHVISION, path=path)
    # Qwen3-VL and Florence-2
    assert shown.count("SKIPPED") == (0 if newer else 2)
