"""The code and configs of the pages on engines run."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
import spacy
from PIL import Image

from spacy_ita.alignment.vocabularies import ATTRIBUTES, OBJECTS, read_words

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "engines.md").read_text(encoding="utf8")


def test_a_custom_detector(tmp_path):
    nlp = spacy.blank("en")
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.S):
        exec(code, {"nlp": nlp})
    image = Image.new("RGB", (30, 20))
    image.putpixel((12, 7), (255, 255, 255))
    image.save(tmp_path / "picture.png")
    doc = nlp.make_doc("a tweet")
    doc._.image_path = str(tmp_path / "picture.png")
    assert nlp(doc)._.image_objects == [
        {"label": "lamp", "attribute": "", "score": 1.0, "box": [12, 7, 13, 8]}
    ]


@pytest.mark.parametrize("page", ["engines", "onnx", "vision_language_models"])
def test_names_and_settings_are_right(page):
    text = (DOCS / f"{page}.md").read_text(encoding="utf8")
    names = {entry.name for entry in distribution("spacy_ita").entry_points}
    assert set(re.findall(r"spacy_ita\.\w+\.v\d", text)) <= names
    for block in re.findall(r"```ini\n(.*?)```", text, re.S):
        sections = [f"[{name}]\n" for name in re.findall(r"^\[(.*)\.backend\]$", block, re.M)]
        config = spacy.util.Config().from_str("[components]\n" + "".join(sections) + block)
        for component in config["components"].values():
            spacy.registry.resolve({"backend": component["backend"]})


def test_figures_are_right():
    for path in (OBJECTS, ATTRIBUTES):
        words = read_words(path)
        assert len(words) == len(set(words))
        assert re.search(rf"`{path.name}` \({len(words)}", PAGE)
