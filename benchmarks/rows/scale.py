"""Memory and time of `nlp.pipe` over a long stream, each measured in a process of its own."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin

from ..parts.ratios import Row

FEW, MANY = 1_000, 100_000
LEAST = 20_000
"""As many documents at least are timed, in streams one after the other: a thousand take too short
a time to tell."""


def rows(pipeline: Path, corpus: Path, rounds: int) -> Iterator[Row]:
    memory, pace = [], []
    for _ in range(rounds):
        few, many = (stream_in_process(pipeline, corpus, count) for count in (FEW, MANY))
        memory.append(many["peak"] / few["peak"])
        pace.append(many["seconds"] / few["seconds"])
    what, against = f"`nlp.pipe` over {MANY:,} documents, small encoder", f"over {FEW:,}"
    yield Row(f"peak memory of {what}", against, 1.1, True, memory)
    yield Row(f"time a document of {what}", against, 1.05, True, pace)


def stream_in_process(pipeline: Path, corpus: Path, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, str(pipeline), str(corpus), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def stream(pipeline: str, corpus: str, count: int) -> dict[str, float]:
    """Measure peak memory in KiB, and seconds a document, of a stream of `count` documents.

    A first thousand documents don't count.
    """
    nlp = spacy.load(pipeline)
    docs = list(DocBin().from_disk(corpus).get_docs(nlp.vocab))

    def fresh(number: int) -> Iterator[Doc]:
        return (doc.copy() for doc in islice(cycle(docs), number))

    for _ in nlp.pipe(fresh(FEW)):
        pass
    streams = max(1, LEAST // count)
    start = time.perf_counter()
    for _ in range(streams):
        for _ in nlp.pipe(fresh(count)):
            pass
    spent = (time.perf_counter() - start) / streams
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak": peak, "seconds": spent / count}


if __name__ == "__main__":
    print(json.dumps(stream(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
