"""What the README says runs."""

import re
from pathlib import Path

import spacy
from PIL import Image

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.S)


def test_backend_of_ones_own(tmp_path):
    (code,) = (block for block in BLOCKS if "class MyCaptioner" in block)
    nlp = spacy.blank("en")
    nlp.add_pipe("image_captions")
    exec(code, {"nlp": nlp})
    Image.new("RGB", (30, 20)).save(tmp_path / "picture.png")
    doc = nlp.make_doc("a tweet")
    doc._.image_path = str(tmp_path / "picture.png")
    assert nlp(doc)._.image_context == "a picture 30 pixels wide"


def test_extensions_are_those_of_the_table():
    from spacy_ita.extensions import Attributes

    for name in vars(Attributes()).values():
        assert f"._.{name}`" in README


def test_registered_names_are_right():
    from importlib.metadata import distribution

    names = {entry.name for entry in distribution("spacy_ita").entry_points}
    assert set(re.findall(r"spacy_ita\.\w+\.v\d", README)) <= names
