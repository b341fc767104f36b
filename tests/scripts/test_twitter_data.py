"""The script recognises the published data sets by their numbers of tweets."""

from pathlib import Path
from runpy import run_path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def script():
    return run_path(str(SCRIPTS / "twitter_data.py"))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"train": 4000, "valid": 1000}, "as many tweets as Twitter-15"),
        ({"train": 3373, "valid": 723, "test": 723}, "as many tweets as Twitter-17"),
        ({"train": 4290, "valid": 1432, "test": 1459}, "as many tweets as SNAP"),
        ({"train": 4000, "valid": 1000, "test": 3256}, "test.txt holds 3256 tweets, not 3257"),
        ({"train": 8, "valid": 8}, "are none of Twitter-15, Twitter-17, SNAP"),
    ],
    ids=["Twitter-15", "Twitter-17", "SNAP", "a tweet lost", "others"],
)
def test_counts_are_compared_with_the_papers(script, capsys, counts, said):
    script["warn_of_other_counts"](Path("tweets"), counts)
    assert said in " ".join(capsys.readouterr().out.split())
