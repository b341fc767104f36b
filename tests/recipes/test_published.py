"""The files in `configs/` are what the package writes, and their training settings don't change."""

from pathlib import Path

import pytest
from spacy.cli.debug_config import debug_config
from spacy.cli.debug_data import debug_data
from spacy.util import load_config

from spacy_ita.recipes.configs import full_config
from spacy_ita.recipes.published import PUBLISHED

CONFIGS = Path(__file__).parents[2] / "configs"
RIVAL = "spacy_ner"


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_file_is_what_the_package_writes(name):
    path = CONFIGS / f"{name}.cfg"
    published = PUBLISHED[name]
    stale = f"{path.name} is stale: run `make configs`"
    # only the values: the layout is up to confection
    assert load_config(path) == full_config(published.base), stale
    comment = [line for line in published.text.splitlines() if line.startswith("#")]
    assert path.read_text(encoding="utf8").startswith("\n".join(comment)), stale


def test_every_config_has_one_source():
    found = {path.relative_to(CONFIGS).with_suffix("") for path in CONFIGS.rglob("*.cfg")}
    assert {path.as_posix() for path in found} == {*PUBLISHED, RIVAL}


@pytest.fixture
def paths(corpus):
    return {"paths.train": str(corpus), "paths.dev": str(corpus), "paths.recorded": "r.jsonl"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_spacy_finds_the_config_valid(name, paths, capsys):
    debug_config(CONFIGS / f"{name}.cfg", overrides=paths)
    assert "Config is valid" in capsys.readouterr().out


def test_spacy_examines_the_data_of_a_config(paths, bert_folder, capsys):
    paths["paths.encoder"] = str(bert_folder)
    with pytest.raises(SystemExit):  # which counts too few examples
        debug_data(CONFIGS / "ita_hub.cfg", config_overrides=paths, silent=False)
    assert "Pipeline can be initialized with data" in capsys.readouterr().out
