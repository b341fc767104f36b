"""Plain pictures, and pipelines over picture encoders."""

import shutil

import pytest
import spacy
from pictured_docs import COLOURS, NAMES, document
from PIL import Image
from spacy.training import Example
from towers import (  # noqa: F401 - fixtures
    clip_folder,
    resnet_folder,
    vilt_folder,
    visual_bert_folder,
    vit_folder,
)

from spacy_ita.encoder import build_context_encoder

SMALL = {"heads": 2, "dropout": 0.0}
RIVALS = {
    "ocsga": ("spacy_ita.OCSGAEncoder.v1", SMALL),
    "riva": ("spacy_ita.RIVAEncoder.v1", {**SMALL, "confidence": 0.5}),
    "rpbert": ("spacy_ita.RpBERTEncoder.v1", {}),
    "umgf": ("spacy_ita.UMGFEncoder.v1", SMALL),
    "umt": ("spacy_ita.UMTEncoder.v1", SMALL),
}
"""The architectures of the paper's rivals, and settings that fit small encoders."""


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
        if name == "recurrent":
            return {"@architectures": "spacy_ita.RecurrentEncoder.v1", "width": 32, "dropout": 0.0}
        return {"@architectures": "spacy_ita.ContextEncoder.v1", "name": copied(name)}

    def vision(name):
        return {"@architectures": "spacy_ita.VisionModel.v1", "name": copied(name)}

    def make(name):
        kind, *models = name.split("-")
        if kind in RIVALS:
            architecture, settings = RIVALS[kind]
            config = {"@architectures": architecture, "text": reader(models[0]), **settings}
            return config | ({"vision": vision(models[1])} if models[1:] else {})
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


@pytest.fixture
def make_nlp(encoder_config):
    def make(name, **config):
        nlp = spacy.blank("en")
        model = {
            "@architectures": "spacy_ita.CRFTagger.v1",
            "word_dropout": 0.0,
            "encoder": encoder_config(name),
        }
        nlp.add_pipe("crf_ner", name="ner", config={"model": model, **config})
        return nlp

    return make


@pytest.fixture
def examples(colours):
    """ "I love NAME": only the colour distinguishes PER from LOC; two documents have no picture."""

    def make(nlp):
        texts = [(f"i love {name}", name, c) for name in NAMES for c in COLOURS]
        texts += [("obama sings tonight", "obama", None), ("i love the city", None, None)]
        found = []
        for text, name, colour in texts:
            doc, gold = (document(nlp, text, colours.get(colour, "")) for _ in range(2))
            if name:
                start = text.index(name)
                label = COLOURS.get(colour, "PER")
                gold.ents = [gold.char_span(start, start + len(name), label)]
            found.append(Example(doc, gold))
        return found

    return make
