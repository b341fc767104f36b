"""Plain pictures, and pipelines over picture encoders."""

import shutil

import pytest
import spacy
from PIL import Image
from towers import (  # noqa: F401 - fixtures
    clip_folder,
    resnet_folder,
    vilt_folder,
    visual_bert_folder,
    vit_folder,
)

from spacy_ita.encoder import build_context_encoder


@pytest.fixture(params=["bert", "roberta", "xlmr"])
def encoder(request):
    """A context encoder over each of three families of tokenizers."""
    model = build_context_encoder(str(request.getfixturevalue(f"{request.param}_folder")))
    model.initialize()
    return model


@pytest.fixture
def colours(tmp_path):
    """Paths of plain pictures of several shapes, by colour."""
    found = {}
    for colour, size in (("red", (40, 40)), ("blue", (60, 40))):
        found[colour] = str(tmp_path / f"{colour}.png")
        Image.new("RGB", size, colour).save(found[colour])
    return found


@pytest.fixture
def encoder_config(request, tmp_path):
    """A function that returns an encoder's config by its name here, over copies of models."""

    def copied(name):
        source, target = request.getfixturevalue(f"{name}_folder"), tmp_path / "models" / name
        if not target.exists():
            shutil.copytree(source, target)
        return str(target)

    def reader(name):
        return {"@architectures": "spacy_ita.ContextEncoder.v1", "name": copied(name)}

    def vision(name):
        return {"@architectures": "spacy_ita.VisionModel.v1", "name": copied(name)}

    def make(name):
        kind, *models = name.split("-")
        if kind == "features":
            text, tower = models
            architecture = "spacy_ita.ImageFeatureEncoder.v1"
            return {"@architectures": architecture, "text": reader(text), "vision": vision(tower)}
        architecture = "spacy_ita.VisionLanguageEncoder.v1"
        if kind == "both":
            return {
                "@architectures": "spacy_ita.ConcatenatedEncoder.v1",
                "first": reader("bert"),
                "second": {"@architectures": architecture, "joint": reader(models[0])},
            }
        config = {"@architectures": architecture, "joint": reader(models[0])}
        return config | ({"vision": vision(models[1])} if models[1:] else {})

    return make


@pytest.fixture
def make_encoder(encoder_config):
    def make(name):
        return spacy.registry.resolve({"encoder": encoder_config(name)})["encoder"]

    return make
