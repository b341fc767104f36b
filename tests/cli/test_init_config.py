"""`spacy ita init-config`: its configs, its output and its errors."""

import re
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.util import load_config, load_config_from_str

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf8")
CONFIGS = dict(re.findall(r"\| `configs/(\w+)\.cfg` \| `?([^|`]+)`? \|", PAGE))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "ita.cfg"


@pytest.fixture
def corpus(tmp_path):
    """A `.spacy` file of twenty documents."""
    vocab = spacy.blank("en")
    DocBin(docs=[vocab.make_doc("i love paris")] * 20).to_disk(tmp_path / "plain.spacy")
    return tmp_path / "plain.spacy"


@pytest.mark.parametrize("name", CONFIGS)
def test_the_page_says_how_the_configs_are_made(ita, path, name):
    options = CONFIGS[name].split() if CONFIGS[name] != "none" else []
    ita("init-config", path, *options)
    assert load_config(path) == load_config(ROOT / "configs" / f"{name}.cfg")


def test_a_dash_prints_the_config_alone(ita):
    shown = ita("init-config", "-", "--pictures", "none", "--no-cva")
    training = load_config_from_str(shown)["training"]
    assert training["score_weights"]["ents_f_image"] == 1.0
    assert training["frozen_components"] == []


def test_the_schedule_is_for_the_corpus(ita, path, corpus):
    shown = ita("init-config", path, "--pictures", "none", "--train", corpus)
    training = load_config(path)["training"]
    # five batches of four, and at least 250 steps
    assert (training["batcher"]["size"], training["max_epochs"]) == (4, 50)
    assert training["optimizer"]["learn_rate"]["total_steps"] == 250
    assert "20 documents" in shown and "give --train" not in shown


def test_settings_of_the_config_are_options(ita, path):
    served = ("--served.url", "http://here:1/v1", "--served.model", "seer")
    shown = ita("init-config", path, "--context", "K+GA", "--pictures", "served", *served)
    assert "image_knowledge: ServedVLM seer http://here:1/v1" in shown
    backend = load_config(path).interpolate()["components"]["image_captions"]["backend"]
    assert (backend["url"], backend["model"], backend["part"]) == (
        "http://here:1/v1",
        "seer",
        "captions",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--context K --pictures hub", "no model of the hub writes the knowledge"),
        ("--context GA+X", "unknown context mode 'GA+X'"),
        ("--pictures none --no-tagger", "nothing is left in the pipeline"),
        ("--encoder {folder}", "has no config.json"),
        ("--train {config}", "config.cfg"),
        ("--training.no.such 1", "not a section value"),
        ("--pictures none --training.dropuot 0.5", "no such setting of a config: training.dropuot"),
    ],
)
def test_what_cant_be_is_refused(ita, path, tmp_path, options, message):
    (tmp_path / "config.cfg").write_text("[nlp]\n")
    options = options.format(folder=tmp_path, config=tmp_path / "config.cfg")
    shown = ita("init-config", path, *options.split(), code=1)
    assert message in " ".join(shown.split())
    assert not path.exists()


def test_a_file_that_is_there_is_kept(ita, tmp_path):
    path = tmp_path / "ita.cfg"
    path.write_text("mine")
    assert "--force" in ita("init-config", path, "--pictures", "none", code=1)
    assert path.read_text() == "mine"
    ita("init-config", path, "--pictures", "none", "--force")
    assert load_config(path)["nlp"]["pipeline"] == ["ner"]
