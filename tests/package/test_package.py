"""A packaged pipeline in its own environment, without its source folders and cache."""

import json
import os
import shutil

import pytest
import spacy
from PIL import Image, ImageDraw, ImageFont
from spacy.cli.package import package
from spacy.training import Example

from spacy_ita.training.optimizer import create_adamw

READ = """
import json, sys, spacy
nlp = spacy.load("en_ita")
doc = nlp.make_doc("i love paris tonight")
doc._.image_path = sys.argv[1]
doc = nlp(doc)
import spacy_ita, transformers
print(json.dumps({
    "from": spacy_ita.__file__,
    "transformers": transformers.__version__,
    "ocr": doc._.image_context,
    "ents": [[ent.text, ent.label_, ent._.confidence] for ent in doc.ents],
}))
"""


@pytest.fixture(scope="session")
def poster():
    """A function that draws a picture with text."""

    def poster(path, text="WELCOME TO PARIS"):
        image = Image.new("RGB", (500, 120), "white")
        ImageDraw.Draw(image).text((20, 30), text, "black", ImageFont.load_default(50))
        image.save(path)
        return path

    return poster


@pytest.fixture(scope="session")
def packaged(tmp_path_factory, bert_folder, poster, make_environment):
    """Python with the package en_ita, a picture, and the Doc that its pipeline makes of it.

    The pipeline is trained, with OCR and a cache; the folders of cache and encoder are removed.
    """
    folder = tmp_path_factory.mktemp("packaged")
    encoder = folder / "sources" / "encoder"
    shutil.copytree(bert_folder, encoder)
    nlp = spacy.blank("en")
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(folder / "sources" / "c.sqlite")}
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
    doc = nlp.make_doc("i love paris tonight")
    picture = poster(folder / "poster.png")
    doc._.image_path = str(picture)
    expected = nlp(doc)

    nlp.to_disk(folder / "model")
    (folder / "packages").mkdir()
    package(folder / "model", folder / "packages", name="ita", version="1.0", create_wheel=True)
    (wheel,) = (folder / "packages").rglob("en_ita-*.whl")
    meta = json.loads((folder / "packages" / "en_ita-1.0" / "meta.json").read_text())
    assert any("spacy-ita" in name or "spacy_ita" in name for name in meta["requirements"])
    shutil.rmtree(folder / "sources")
    return make_environment(wheel), picture, expected


@pytest.fixture(scope="session")
def read(run):
    """A function that annotates "i love paris tonight" with a picture, by an installed en_ita."""

    def read(python, picture, path=""):
        environment = {**os.environ, "PYTHONPATH": str(path)}
        shown = run(python, "-c", READ, picture, cwd=picture.parent, env=environment)
        found = json.loads(shown.splitlines()[-1])
        assert str(python.parents[1]) in found["from"]
        return found

    return read


@pytest.mark.slow
@pytest.mark.parametrize("newer", [False, True], ids=["transformers 4", "transformers 5"])
def test_wheel_in_another_environment(packaged, read, newer, request):
    python, picture, expected = packaged
    found = read(python, picture, request.getfixturevalue("transformers_5") if newer else "")
    assert found["transformers"].split(".")[0] == ("5" if newer else "4")
    assert found["ocr"] == expected._.image_context == "WELCOME TO PARIS"
    assert expected.ents
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
    run, tmp_path, bert_folder, poster, read, make_environment
):
    """convert, init-config, align, train, evaluate, package and load, in an empty folder."""
    folder = tmp_path / "folder"
    (folder / "images").mkdir(parents=True)
    shutil.copytree(bert_folder, folder / "encoder")
    city = poster(folder / "images" / "city.png")
    poster(folder / "images" / "stage.png", "OBAMA ON STAGE")
    for split in ("train", "dev"):
        (folder / f"{split}.txt").write_text(TWEETS * 8)
    python = make_environment()

    def spacy_cli(*lines):
        return run(python, "-c", COMMANDS, *lines, cwd=folder)

    splits = ("train", "dev")
    shown = spacy_cli(
        *(f"ita convert {name}.txt plain/{name}.spacy --images images" for name in splits),
        # only the pipe over Tesseract needs no hub
        "ita init-config ita.cfg --encoder encoder --context OCA --train plain/train.spacy",
    )
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
    found = read(make_environment(wheel), city)
    assert found["ocr"] == "WELCOME TO PARIS"
    assert [ent[:2] for ent in found["ents"]] == [["paris", "LOC"]]
