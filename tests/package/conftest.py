"""The project's wheel, environments that hold it, and a folder with transformers 5."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from venv import EnvBuilder

import pytest
from captioners import blip, blip_2, git, vit_gpt2  # noqa: F401 - fixtures
from detectors import detr, rt_detr, yolos  # noqa: F401 - fixtures
from saved import excite
from towers import clip_folder, resnet_folder, vit_folder  # noqa: F401 - fixtures
from transformers import AutoModelForObjectDetection
from zero_shot import clip, grounding_dino_of_two_layers, owlv2, siglip  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[2]
OVERLAY = ("transformers==5.24.0", "tokenizers>=0.23.1,<0.24", "huggingface_hub==1.33.0", "hf-xet")


@pytest.fixture(scope="session")
def run():
    """A function that runs a command and returns its output."""

    def run(*command, cwd, **options):
        command = list(map(str, command))
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **options)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def project_wheel(run, tmp_path_factory):
    """The project's wheel, built from a copy of the checkout that no longer exists."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    made = {"corpus", "training", "build", "alignments", "packages"}
    shutil.copytree(
        ROOT,
        source,
        # folders of the project's runs, not the package's module `training`
        ignore=lambda at, names: [
            name for name in names if name[0] == "." or (Path(at) == ROOT and name in made)
        ],
    )
    build = ("wheel", "--no-deps", "--no-build-isolation", "-w", "dist", source)
    run(sys.executable, "-m", "pip", *build, cwd=folder)
    shutil.rmtree(source)
    (wheel,) = (folder / "dist").glob("spacy_ita-*.whl")
    return wheel


@pytest.fixture(scope="session")
def make_environment(run, tmp_path_factory, project_wheel):
    """A function that makes a fresh environment with the project's wheel and others."""

    def make_environment(*wheels):
        folder = tmp_path_factory.mktemp("environment")
        environment, dependencies = folder / "environment", folder / "dependencies"
        EnvBuilder(symlinks=True).create(environment)
        # The dependencies come from this environment; the editable install of the project does not.
        (site,) = environment.glob("lib/python*/site-packages")
        dependencies.mkdir()
        for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
            if "spacy_ita" not in entry.name and "en_ita" not in entry.name:
                (dependencies / entry.name).symlink_to(entry)
        (site / "dependencies.pth").write_text(str(dependencies))
        python = environment / "bin" / "python"
        install = ("--python", python, "install", "--no-deps", "--no-index", project_wheel, *wheels)
        run(sys.executable, "-m", "pip", *install, cwd=folder)
        return python

    return make_environment


@pytest.fixture(scope="session")
def install(tmp_path_factory):
    """A function that installs packages alone in a folder, or skips the test if it can't."""

    def install(*packages):
        folder = tmp_path_factory.mktemp("packages")
        # few of their thousands of modules are imported
        options = ("--no-deps", "--no-compile", "--target", str(folder))
        command = [sys.executable, "-m", "pip", "install", *options, *packages]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"{packages[0]} can't be installed: {done.stderr.strip()[-200:]}")
        return folder

    return install


@pytest.fixture(scope="session")
def wide_rt_detr(rt_detr, tmp_path_factory):  # noqa: F811 - a fixture
    """An RT-DETR whose inputs aren't square, and whose scores depend on positions."""
    folder = tmp_path_factory.mktemp("wide")
    shutil.copytree(rt_detr, folder, dirs_exist_ok=True)
    excite(AutoModelForObjectDetection.from_pretrained(folder)).save_pretrained(folder)
    file = folder / "preprocessor_config.json"
    size = {"size": {"height": 64, "width": 128}}
    file.write_text(json.dumps({**json.loads(file.read_text()), **size}))
    return folder


@pytest.fixture(scope="session")
def transformers_5(install):
    """A folder with transformers 5, for the `PYTHONPATH` of a process."""
    if sys.version_info < (3, 11):
        pytest.skip("transformers 5.24 needs Python 3.11")
    return install(*OVERLAY)
