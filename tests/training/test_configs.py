"""Every config trains with `spacy train`, over small saved models instead of the hub's."""

from pathlib import Path

import pytest
import spacy
from spacy.util import load_config, load_model_from_config

CONFIGS = Path(__file__).parents[2] / "configs"
TRAINED = {
    "twitter_minilm.cfg": "bert_folder",
    "twitter_mpnet.cfg": "bert_folder",
    "ita_bert.cfg": "bert_folder",
    "ita_xlmr.cfg": "xlmr_folder",
    "demo.cfg": "bert_folder",
    "ita_hub.cfg": "bert_folder",
}
CONFIG_NAMES = {path.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.cfg")}


QUICK = "demo.cfg"
OTHERS = (pytest.param(name, marks=pytest.mark.slow) for name in TRAINED if name != QUICK)


@pytest.mark.parametrize("name", [QUICK, *OTHERS])
def test_config_trains_and_loads(name, train_short, request, capsys):
    overrides = {}
    if name in ("demo.cfg", "ita_hub.cfg"):
        overrides |= {"nlp.pipeline": ["ner"], "training.frozen_components": []}
    model = train_short(CONFIGS / name, request.getfixturevalue(TRAINED[name]), overrides)
    shown = capsys.readouterr().out
    for column in ("LOSS NER T", "LOSS NER I+T", "LOSS NER KL", "ENTS_F_TEXT", "ENTS_F_IMAGE"):
        assert column in shown
    nlp = spacy.load(model)
    performance = nlp.meta["performance"]
    assert performance["ents_f_views"] is not None
    assert performance["ents_f_image"] is not None
    assert performance["ner_loss"] > 0
    nlp("i love paris")


def test_every_config_is_tested_or_aligns():
    aligning = {path.name for path in CONFIGS.glob("align_*.cfg")}
    # which test_rival_configs.py trains by
    rivals = {name for name in CONFIG_NAMES if name.startswith("rivals/")}
    assert aligning | rivals | set(TRAINED) | {"spacy_ner.cfg"} == CONFIG_NAMES


@pytest.mark.parametrize("name", sorted(CONFIG_NAMES))
def test_config_resolves(name):
    """Load the whole config, with hub models: nothing is loaded before it is used."""
    overrides = {"paths.recorded": "recorded.jsonl"} if "recorded" in name else {}
    config = load_config(CONFIGS / name, overrides)
    config.pop("corpora", None)
    nlp = load_model_from_config(config, auto_fill=True)
    assert nlp.pipe_names == config["nlp"]["pipeline"]


def test_the_papers_learning_rates():
    config = load_config(CONFIGS / "ita_xlmr.cfg").interpolate()
    rate = config["training"]["optimizer"]["learn_rate"]["initial_rate"]
    assert rate == 5e-6
    assert rate * config["components"]["ner"]["learn_rate_factors"]["crf"] == pytest.approx(0.05)
