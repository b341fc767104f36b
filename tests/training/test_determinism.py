"""The same seed gives the same weights."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import spacy

CONFIG = Path(__file__).parents[2] / "configs" / "twitter_minilm.cfg"


@pytest.mark.slow
def test_two_processes_train_the_same_weights(corpus, bert_folder, weights, tmp_path):
    command = [sys.executable, "-m", "spacy", "train", CONFIG]
    for name, value in {
        "paths.encoder": bert_folder,
        "paths.train": corpus,
        "paths.dev": corpus,
        "training.max_epochs": 0,
        "training.max_steps": 6,
        "training.eval_frequency": 3,
    }.items():
        command += [f"--{name}", str(value)]
    found = []
    # hashes of strings, and with them the order of sets, differ between processes
    for seed in "12":
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "--output", out], env=environment, check=True)
        found.append(weights(spacy.load(out / "model-last")))
    assert found[0] == found[1]
