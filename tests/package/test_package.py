"""A packaged pipeline in its own environment, without its source folders and cache."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont
from spacy.cli.package import package
from spacy.training import Example

from spacy_ita.training.optimizer import create_adamw

ROOT = Path(__file__).parents[2]
READ = """
import json, sys, spacy
nlp = spacy.load("en_ita")
doc = nlp.make_doc("i love paris tonight")
doc._.image_path = sys.argv[1]
doc = nlp(doc)
import spacy_ita
print(json.dumps({
    "from": spacy_ita.__file__,
    "ocr": doc._.image_context,
    "ents": [[ent.text, ent.label_, ent._.confidence] for ent in doc.ents],
}))
"""


def run(*command, cwd):
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def pipeline(tmp_path, bert_folder):
    """A trained pipeline with OCR and a cache; its encoder's folder is removed later."""
    encoder = tmp_path / "sources" / "encoder"
    shutil.copytree(bert_folder, encoder)
    nlp = spacy.blank("en")
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "sources" / "c.sqlite")}
    nlp.add_pipe("image_ocr", config={"cache": cache})
    model = {
        "@architectures": "spacy_ita.CRFTagger.v1",
        "encoder": {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(encoder)},
    }
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    gold = nlp.make_doc("i love paris tonight")
    gold.ents = [gold.char_span(7, 12, "PER")]
    examples = [Example(nlp.make_doc(gold.text), gold)]
    examples[0].predicted._.image_ocr = [{"text": "welcome", "score": 1.0, "box": []}]
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(3e-3)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture(scope="session")
def project_wheel(tmp_path_factory):
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


@pytest.fixture
def make_environment(tmp_path, project_wheel):
    """A function that makes a fresh environment with the project's wheel and others."""

    def make_environment(name, *wheels):
        environment = tmp_path / name
        run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
        # The dependencies come from this environment; the editable install of the project does not.
        (site,) = environment.glob("lib/python*/site-packages")
        dependencies = tmp_path / f"{name}-dependencies"
        dependencies.mkdir()
        for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
            if "spacy_ita" not in entry.name and "en_ita" not in entry.name:
                (dependencies / entry.name).symlink_to(entry)
        (site / "dependencies.pth").write_text(str(dependencies))
        python = environment / "bin" / "python"
        install = ("--python", python, "install", "--no-deps", "--no-index", project_wheel, *wheels)
        run(sys.executable, "-m", "pip", *install, cwd=tmp_path)
        return python

    return make_environment


@pytest.fixture
def poster():
    """Draw a picture with text."""

    def poster(path, text="WELCOME TO PARIS"):
        image = Image.new("RGB", (500, 120), "white")
        ImageDraw.Draw(image).text((20, 30), text, "black", ImageFont.load_default(50))
        image.save(path)
        return path

    return poster


def read(python, picture):
    """Annotate "i love paris tonight" with a picture, by the package en_ita in an environment."""
    found = json.loads(run(python, "-c", READ, picture, cwd=picture.parent).splitlines()[-1])
    assert str(python.parents[1]) in found["from"]
    return found


@pytest.mark.slow
def test_wheel_in_another_environment(pipeline, tmp_path, poster, make_environment):
    picture = poster(tmp_path / "poster.png")
    doc = pipeline.make_doc("i love paris tonight")
    doc._.image_path = str(picture)
    expected = pipeline(doc)
    assert expected.ents

    pipeline.to_disk(tmp_path / "model")
    (tmp_path / "packages").mkdir()
    package(tmp_path / "model", tmp_path / "packages", name="ita", version="1.0", create_wheel=True)
    (wheel,) = (tmp_path / "packages").rglob("en_ita-*.whl")
    meta = json.loads((tmp_path / "packages" / "en_ita-1.0" / "meta.json").read_text())
    assert any("spacy-ita" in name or "spacy_ita" in name for name in meta["requirements"])
    shutil.rmtree(tmp_path / "sources")

    found = read(make_environment("environment", wheel), picture)
    assert found["ocr"] == expected._.image_context == "WELCOME TO PARIS"
    for ent, (text, label, confidence) in zip(expected.ents, found["ents"], strict=True):
        assert (ent.text, ent.label_) == (text, label)
        assert ent._.confidence == pytest.approx(confidence, abs=1e-5)


TWEETS = """IMGID:city
i\tO
love\tO
paris\tB-LOC
tonight\tO

IMGID:stage
obama\tB-PER
sings\tO
tonight\tO

"""


COMMANDS = """
import sys
from spacy.cli._util import app, registry
from typer.main import get_command

registry.cli.get_all()
for line in sys.argv[1:]:
    get_command(app)(line.split(), prog_name="spacy", standalone_mode=False)
"""
"""Runs commands of spaCy one after another, in one process."""


@pytest.mark.slow
def test_from_tweets_to_a_package_without_the_checkout(
    tmp_path, bert_folder, poster, make_environment
):
    """convert, init-config, align, train, evaluate, package and load, in an empty folder."""
    folder = tmp_path / "folder"
    (folder / "images").mkdir(parents=True)
    shutil.copytree(bert_folder, folder / "encoder")
    city = poster(folder / "images" / "city.png")
    poster(folder / "images" / "stage.png", "OBAMA ON STAGE")
    for split in ("train", "dev"):
        (folder / f"{split}.txt").write_text(TWEETS * 8)
    python = make_environment("training")

    def spacy_cli(*lines):
        return run(python, "-c", COMMANDS, *lines, cwd=folder)

    splits = ("train", "dev")
    spacy_cli(*(f"ita convert {name}.txt plain/{name}.spacy --images images" for name in splits))
    # only the pipe over Tesseract needs no hub
    choices = "--encoder encoder --context OCA --train plain/train.spacy"
    shown = run(python, "-m", "spacy", *f"ita init-config ita.cfg {choices}".split(), cwd=folder)
    assert "image_ocr: Tesseract" in shown
    printed = [line.partition("-m spacy ")[2] for line in shown.splitlines()]
    commands = [line for line in printed if line]
    assert [command.split()[:2] for command in commands] == [
        ["ita", "align"],
        ["ita", "align"],
        ["train", "ita.cfg"],
    ]
    (folder / "packages").mkdir()
    spacy_cli(
        *commands,
        "ita evaluate training/model-best dev.spacy --output metrics.json",
        "package training/model-best packages --name ita --version 1.0 --build wheel",
    )
    assert json.loads((folder / "metrics.json").read_text())["image"]["f"] == 1.0
    (wheel,) = (folder / "packages").rglob("en_ita-*.whl")

    shutil.rmtree(folder / "encoder")
    found = read(make_environment("fresh", wheel), city)
    assert found["ocr"] == "WELCOME TO PARIS"
    assert [ent[:2] for ent in found["ents"]] == [["paris", "LOC"]]


def test_project_file_names_scripts_that_are_there():
    from weasel.util.config import load_project_config

    config = load_project_config(ROOT)
    commands = {command["name"]: command for command in config["commands"]}
    for workflow in config["workflows"].values():
        assert set(workflow) <= set(commands)
    for command in commands.values():
        for line in command["script"]:
            for word in line.split():
                module = word.startswith("scripts.")
                path = f"{word.replace('.', '/')}.py" if module else word
                if path.startswith(("scripts/", "configs/")):
                    assert (ROOT / path).exists(), line
