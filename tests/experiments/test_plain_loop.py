"""The bare loop that T-only is held against."""

import subprocess
import sys
from pathlib import Path

import pytest

from spacy_ita.report.predictions import read_counts, read_predictions
from spacy_ita.report.results import read

SCRIPT = Path(__file__).parents[2] / "scripts" / "experiments" / "plain_loop.py"


@pytest.fixture
def plain_loop(project, bert_folder):
    """The command, in a process of its own, as the benchmarks have a module `run` too."""
    (project / "training").mkdir()
    (project / "training" / "minilm").symlink_to(bert_folder)

    def run(*options):
        command = [sys.executable, SCRIPT, project / "tweets", *options]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True)

    return run


@pytest.mark.slow
def test_its_row_is_among_the_results(plain_loop):
    done = plain_loop("--data", "twitter2017", "--seed", "1")
    assert not done.returncode, done.stderr
    results = Path("experiments") / "results.jsonl"
    (line,) = read(results)
    about = [line[name] for name in ("approach", "data", "seed", "view")]
    assert about == ["plain loop", "twitter2017", 1, "T"]
    assert len(read_counts(results, line)) == 8
    # what was found in tweets isn't published
    assert read_predictions(results, line) is None


@pytest.mark.slow
def test_unknown_data_are_one_line(plain_loop):
    done = plain_loop("--data", "twitter2018")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "no data set 'twitter2018'" in done.stdout
