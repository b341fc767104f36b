"""What spaCy and the commands take to start, against spaCy without this package installed.

In processor seconds of a new process: start-up is the work of one thread, and other processes on
the machine hardly change it.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ..parts.ratios import Row, Work, speed_ratios

# without the distributions named first, as if they were not installed
WITHOUT = """
import sys
from importlib import metadata

hidden = {name.strip() for name in sys.argv.pop(1).split(",")}
distributions = metadata.distributions
metadata.distributions = lambda **query: (
    found for found in distributions(**query) if found.metadata["Name"] not in hidden
)
"""
BLANK = "import spacy; spacy.blank('en')"
COMMAND = "from spacy.cli import setup_cli; setup_cli()"
# spaCy loads the pipe of spacy-transformers too, which takes seconds and is not ours
OTHERS = "spacy-transformers"
TWEETS = "IMGID:1\ni\tO\nlove\tO\nparis\tB-LOC\n\n" * 200


def process(code: str, hidden: str, *arguments: str) -> Work:
    """Start a new Python process that doesn't see some distributions."""
    command = [sys.executable, "-c", WITHOUT + code, hidden, *arguments]

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return run


def processor_seconds(work: Work) -> float:
    """Measure the processor time of the processes that the work starts and waits for."""

    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start = spent()
    work()
    return spent() - start


def rows(rounds: int) -> Iterator[Row]:
    def row(what: str, against: str, limit: float, ours: Work, other: Work) -> Row:
        # how many times as long as the other ours takes
        times = speed_ratios(other, ours, rounds, processor_seconds)
        return Row(what, against, limit, True, times)

    ours, other = process(BLANK, OTHERS), process(BLANK, f"spacy_ita,{OTHERS}")
    yield row('`spacy.blank("en")` in a new process', "without this package", 1.05, ours, other)
    other = process(COMMAND, "spacy_ita", "--help")
    with TemporaryDirectory() as folder:
        source = Path(folder) / "tweets.conll"
        source.write_text(TWEETS)
        commands = {
            "`spacy ita --help`": ("--help",),
            "`spacy ita convert --help`": ("convert", "--help"),
            "`spacy ita convert`, 200 tweets": ("convert", str(source), f"{folder}/tweets.spacy"),
            "`spacy ita doctor`, offline": ("doctor",),
        }
        for name, arguments in commands.items():
            ours = process(COMMAND, "", "ita", *arguments)
            yield row(name, "`spacy --help` without this package", 1.1, ours, other)
