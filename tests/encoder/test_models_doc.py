"""Every snippet of docs/models.md works in a config of the project, over small models."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from thinc.api import Config

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "ita_bert.cfg"
DOC = (ROOT / "docs" / "models.md").read_text(encoding="utf8")
SNIPPETS = re.findall(r"```ini\n(.*?)```", DOC, re.S)
SMALL = {
    "bert-base-cased": "bert",
    "microsoft/resnet-50": "resnet",
    "dandelin/vilt-b32-mlm": "vilt",
    "training/visualbert": "visual_bert",
}


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_snippet_reads_a_picture(number, request, colours):
    snippet = SNIPPETS[number]
    for name in re.findall(r'^name = "(.*)"$', snippet, re.M):
        folder = request.getfixturevalue(f"{SMALL[name]}_folder")
        snippet = snippet.replace(f'"{name}"', f'"{folder}"')
    # the sections above those of the snippet, which the whole config has
    snippet = "[components]\n[components.ner]\n[components.ner.model]\n" + snippet
    given = Config().from_str(snippet)["components"]["ner"]
    config = load_config(CONFIG, {"paths.encoder": str(request.getfixturevalue("bert_folder"))})
    config.pop("corpora")
    component = config["components"]["ner"]
    component["model"] |= given.pop("model")
    component |= given
    component["model"]["encoder"].pop("mixed_precision", None)
    nlp = load_model_from_config(config, auto_fill=True)
    pipe = nlp.get_pipe("ner")
    pipe.add_label("PER")
    doc = nlp.make_doc("i love paris")
    doc._.image_path = colours["red"]
    pipe.initialize(lambda: [Example(doc, doc.copy())])
    assert bool(pipe.context_of(doc)) == ("resnet" in snippet or "vilt" in snippet)
    nlp(doc)


def test_names_are_registered():
    names = {entry.name for entry in distribution("spacy_ita").entry_points}
    said = set(re.findall(r"spacy_ita\.\w+\.v\d", DOC))
    assert said <= names
    assert {name for name in names if "Encoder." in name} <= said
