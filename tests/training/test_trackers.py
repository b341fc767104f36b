"""The configs of docs/ecosystem.md send a training's losses and scores to a tracker."""

import os
import re
from pathlib import Path

import pytest
from spacy.util import load_config
from thinc.api import Config

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```ini\n(.*?)```", (ROOT / "docs" / "ecosystem.md").read_text(), re.S)
LOGGED = {
    *(f"loss_ner{term}" for term in ("", "_nll_text", "_nll_image", "_kl")),
    *(f"ents_f{view}" for view in ("", "_text", "_image", "_views")),
    "score",
}


@pytest.fixture
def train_logged(train_short, bert_folder, tmp_path):
    """A function that trains with the logger of a block, in the test's own folder."""

    def train_logged(name):
        (block,) = (block for block in BLOCKS if name in block)
        shown = Config().from_str("[training]\n" + block)
        config = load_config(ROOT / "configs" / "twitter_minilm.cfg")
        config["training"]["logger"] = shown["training"]["logger"]
        config.to_disk(tmp_path / "config.cfg")
        train_short(tmp_path / "config.cfg", bert_folder)

    return train_logged


def test_lookup(train_logged, capsys):
    train_logged("spacy.LookupLogger.v1")
    shown = capsys.readouterr().out
    assert "LOSS NER KL" in shown
    for name in LOGGED - {"score"}:
        place = name.replace("loss_", "losses.") if "loss" in name else f"other_scores.{name}"
        assert len(re.findall(rf"^{re.escape(place)} -> \d", shown, re.M)) == 3


@pytest.mark.slow
def test_mlflow(train_logged, tmp_path, monkeypatch, capsys):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    # to find the requirements of a model, it loads each one in its own process
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *args, fallback: fallback)
    mlflow.set_tracking_uri((tmp_path / "mlruns").as_uri())
    train_logged("spacy.MLflowLogger.v2")
    assert "LOSS NER KL" in capsys.readouterr().out
    (run,) = mlflow.MlflowClient().search_runs(["0"])
    assert set(run.data.metrics) >= LOGGED
    assert run.data.params["components.ner.loss.temperature"] == "2.0"


@pytest.mark.slow
def test_wandb(train_logged, tmp_path, monkeypatch, capsys):
    wandb = pytest.importorskip("wandb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    logged = {}
    log = wandb.Run.log
    monkeypatch.setattr(
        wandb.Run, "log", lambda run, found: (logged.update(found), log(run, found))
    )
    train_logged("spacy.WandbLogger.v5")
    assert "LOSS NER KL" in capsys.readouterr().out
    assert set(logged) >= LOGGED
    assert any(name.endswith(".wandb") for _, _, files in os.walk("wandb") for name in files)
