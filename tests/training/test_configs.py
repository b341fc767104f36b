"""Every config trains: `spacy train` with small saved models in place of the hub's."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train
from spacy.util import load_config, load_model_from_config

CONFIGS = Path(__file__).parents[2] / "configs"
TRAINED = {
    "twitter_minilm.cfg": "bert_folder",
    "ita_bert.cfg": "bert_folder",
    "ita_xlmr.cfg": "xlmr_folder",
    "demo.cfg": "bert_folder",
}
CONFIG_NAMES = {path.name for path in CONFIGS.glob("*.cfg")}
SHORT = {
    "training.max_epochs": 0,
    "training.max_steps": 4,
    "training.eval_frequency": 2,
    "training.optimizer.learn_rate.total_steps": 4,
    "system.gpu_allocator": None,
}


@pytest.mark.parametrize("name", TRAINED)
def test_config_trains_and_loads(name, corpus, tmp_path, request, capsys):
    overrides = {
        **SHORT,
        "paths.encoder": str(request.getfixturevalue(TRAINED[name])),
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
    }
    if name.startswith("ita_"):
        overrides["components.ner.model.encoder.mixed_precision"] = False
    if name == "demo.cfg":
        overrides |= {"nlp.pipeline": ["ner"], "training.frozen_components": []}
    train(CONFIGS / name, tmp_path / "out", overrides=overrides)
    shown = capsys.readouterr().out
    for column in ("LOSS NER T", "LOSS NER I+T", "LOSS NER KL", "ENTS_F_TEXT", "ENTS_F_IMAGE"):
        assert column in shown
    nlp = spacy.load(tmp_path / "out" / "model-best")
    performance = nlp.meta["performance"]
    assert performance["ents_f_views"] is not None
    assert performance["ents_f_image"] is not None
    assert performance["ner_loss"] > 0
    nlp("i love paris")


def test_every_config_is_tested_or_aligns():
    aligning = {path.name for path in CONFIGS.glob("align_*.cfg")}
    assert aligning | set(TRAINED) == CONFIG_NAMES


@pytest.mark.parametrize("name", sorted(CONFIG_NAMES))
def test_config_resolves(name):
    """The whole config, hub models included: nothing is loaded before it is used."""
    overrides = {"paths.recorded": "recorded.jsonl"} if "recorded" in name else {}
    config = load_config(CONFIGS / name, overrides)
    config.pop("corpora", None)
    nlp = load_model_from_config(config, auto_fill=True)
    assert nlp.pipe_names == config["nlp"]["pipeline"]


def test_the_papers_learning_rates():
    config = load_config(CONFIGS / "ita_xlmr.cfg").interpolate()
    rate = config["training"]["optimizer"]["learn_rate"]["initial_rate"]
    assert rate == 5e-6
    assert rate * config["components"]["ner"]["learn_rates"]["crf"] == pytest.approx(0.05)
