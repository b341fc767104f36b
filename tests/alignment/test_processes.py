"""Several processes, and processes that die."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import spacy

from spacy_ita.alignment.cache import AlignmentCache
from spacy_ita.alignment.pipe import ImageAligner
from spacy_ita.extensions import DEFAULTS
from spacy_ita.extensions.alignments import Caption

FORK = multiprocessing.get_context("fork")


class Logging:
    """A captioner that names a picture's path, and logs which pictures it saw."""

    identity = {"name": "logging"}

    def __init__(self, log):
        self.log = log

    def __call__(self, pictures):
        with Path(self.log).open("a") as file:
            file.writelines(f"{picture.path}\n" for picture in pictures)
        return [[{"text": picture.path, "score": 1.0}] for picture in pictures]


def align(paths, cache, log, die_at=None):
    """Run the pipe over the pictures; die when it returns the document `die_at`."""
    nlp = spacy.blank("en")
    docs = []
    for path in paths:
        docs.append(nlp.make_doc(path))
        docs[-1]._.image_path = path
    pipe = ImageAligner(
        "captions",
        Logging(log),
        attrs=DEFAULTS,
        target="image_captions",
        item=Caption,
        cache=AlignmentCache(str(cache)),
        batch_size=2,
        strict=True,
        overwrite=False,
    )
    for number, doc in enumerate(pipe.pipe(docs)):
        assert doc._.image_captions[0]["text"] == doc.text
        if number == die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def start(*arguments):
    process = FORK.Process(target=align, args=arguments)
    process.start()
    return process


def test_a_killed_run_resumes_where_it_was(pictures, tmp_path):
    cache, log = tmp_path / "cache.db", tmp_path / "log"
    killed = start(pictures, cache, log, 3)
    killed.join(timeout=60)
    assert killed.exitcode == -signal.SIGKILL
    assert log.read_text().split() == pictures[:4]
    align(pictures, cache, log)
    assert log.read_text().split() == pictures
    align(pictures, cache, log)
    assert log.read_text().split() == pictures


def test_runs_share_a_cache(pictures, tmp_path):
    arguments = (pictures, tmp_path / "cache.db")
    runs = [start(*arguments, tmp_path / f"log{number}") for number in range(3)]
    for process in runs:
        process.join(timeout=60)
    assert [process.exitcode for process in runs] == [0, 0, 0]
    align(*arguments, tmp_path / "last")
    assert not (tmp_path / "last").exists()


THREADED = """
import sys
import spacy, torch
import spacy_ita.alignment.factories

torch.set_num_threads(2)
folder, cache, *paths = sys.argv[1:]

def objects(cache, paths, **options):
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.HFDetector.v2", "name": folder, "threshold": 0.0, "top_k": 2}
    nlp.add_pipe("image_objects", config={"backend": backend, "cache": cache, "batch_size": 2})
    docs = []
    for path in paths:
        docs.append(nlp.make_doc(path))
        docs[-1]._.image_path = path
    return [(doc.text, doc._.image_objects) for doc in nlp.pipe(docs, **options)]

# enough work to start OpenMP's threads, which a fork then lacks
(torch.randn(500, 500) @ torch.randn(500, 500)).relu().sum()
cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": cache}
expected = objects(None, paths)
found = objects(cache, paths * 3, n_process=2, batch_size=4)
assert [text for text, _ in found] == paths * 3
for (_, one), (_, other) in zip(found, expected * 3):
    assert type(one) is list and [item["label"] for item in one] == [i["label"] for i in other]
    assert all(abs(a["score"] - b["score"]) < 1e-4 for a, b in zip(one, other))
"""


@pytest.mark.slow
def test_forked_workers_do_not_wait_for_threads_they_lack(yolos, pictures, tmp_path):
    # in its own session, so that hanging workers end too
    process = subprocess.Popen(
        [sys.executable, "-c", THREADED, yolos, tmp_path / "cache.db", *pictures],
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=240) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("the workers hang")
