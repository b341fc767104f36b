"""The configs of the paper's rivals train on posts with pictures and objects."""

import sys
from pathlib import Path

import pytest
import spacy
from PIL import Image
from spacy.tokens import DocBin

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "encoder"))

from towers import vit_folder  # noqa: E402, F401 - a fixture

from spacy_ita.recipes.rivals import RIVALS  # noqa: E402


@pytest.fixture
def corpus(tmp_path):
    nlp = spacy.blank("en")
    docs = []
    for number in range(10):
        label, colour, thing = (("PER", "red", "man"), ("LOC", "blue", "city"))[number % 2]
        doc = nlp.make_doc("i love paris")
        doc.ents = [doc.char_span(7, 12, label)]
        doc._.image_path = str(tmp_path / f"{number}.png")
        Image.new("RGB", (40, 40), colour).save(doc._.image_path)
        doc._.image_objects = [{"label": thing, "box": [2.0, 2.0, 30.0, 30.0]}]
        docs.append(doc)
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "corpus.spacy")
    return tmp_path / "corpus.spacy"


# tests/encoder/rivals/test_rival_pipelines.py has the fast tests of their training
@pytest.mark.slow
@pytest.mark.parametrize("name", RIVALS)
def test_config_trains_and_loads(name, train_short, bert_folder, vit_folder):  # noqa: F811
    vision = {} if RIVALS[name].labels else {"paths.vision": str(vit_folder)}
    config = ROOT / "configs" / "rivals" / f"{name.lower()}.cfg"
    nlp = spacy.load(train_short(config, bert_folder, vision))
    assert nlp.meta["performance"]["ents_f_image"] is not None
    assert nlp.meta["performance"]["ner_loss"] > 0
    doc = nlp("i love paris")
    assert len(doc) == 3
