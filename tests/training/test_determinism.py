"""The same seed gives the same weights."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.cli.train import train

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"


@pytest.mark.slow
def test_two_processes_train_the_same_weights(corpus, bert_folder, weights, tmp_path):
    settings = {
        "paths.encoder": str(bert_folder),
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
        "training.max_epochs": 0,
        "training.max_steps": 6,
        "training.eval_frequency": 3,
    }
    here, other = tmp_path / "here", tmp_path / "other"
    train(CONFIG, here, overrides=settings)
    command = [sys.executable, "-m", "spacy", "train", CONFIG, "--output", other]
    command += [part for name, value in settings.items() for part in (f"--{name}", str(value))]
    # hashes of strings differ between processes, and so does the order of sets
    own = "0" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": own}, check=True)
    found = [weights(spacy.load(out / "model-last")) for out in (here, other)]
    assert found[0] == found[1]
