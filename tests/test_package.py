"""A packaged pipeline in an environment of its own, its source folders and cache gone."""

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

ROOT = Path(__file__).parents[1]
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
    """A trained pipeline with OCR and a cache, over an encoder in a folder that will go."""
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


@pytest.mark.slow
def test_wheel_in_another_environment(pipeline, tmp_path):
    picture = tmp_path / "poster.png"
    image = Image.new("RGB", (500, 120), "white")
    ImageDraw.Draw(image).text((20, 30), "WELCOME TO PARIS", "black", ImageFont.load_default(50))
    image.save(picture)
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
    source = tmp_path / "source"
    shutil.copytree(
        ROOT, source, ignore=shutil.ignore_patterns(".*", "corpus", "training", "build")
    )
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", "dist", source, cwd=tmp_path)
    shutil.rmtree(tmp_path / "sources")
    shutil.rmtree(source)

    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
    # The dependencies come from this environment; the editable install of the project does not.
    (site,) = environment.glob("lib/python*/site-packages")
    dependencies = tmp_path / "dependencies"
    dependencies.mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "spacy_ita" not in entry.name and "en_ita" not in entry.name:
            (dependencies / entry.name).symlink_to(entry)
    (site / "dependencies.pth").write_text(str(dependencies))
    python = environment / "bin" / "python"
    built = next((tmp_path / "dist").glob("spacy_ita-*.whl"))
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", built, wheel, cwd=tmp_path)
    found = json.loads(run(python, "-c", READ, picture, cwd=tmp_path).splitlines()[-1])
    assert str(environment) in found["from"]
    assert found["ocr"] == expected._.image_context == "WELCOME TO PARIS"
    for ent, (text, label, confidence) in zip(expected.ents, found["ents"], strict=True):
        assert (ent.text, ent.label_) == (text, label)
        assert ent._.confidence == pytest.approx(confidence, abs=1e-5)


def test_project_file_names_scripts_that_are_there():
    from weasel.util.config import load_project_config

    config = load_project_config(ROOT)
    commands = {command["name"]: command for command in config["commands"]}
    for workflow in config["workflows"].values():
        assert set(workflow) <= set(commands)
    for command in commands.values():
        for line in command["script"]:
            for word in line.split():
                if word.startswith(("scripts/", "configs/")):
                    assert (ROOT / word).exists(), line
