"""More processes than one, and processes that die."""

import os
import signal
import subprocess
import sys
import time

import pytest

SETUP = """
import os, signal, sys
import spacy, torch
import spacy_ita.alignment.factories

def build(folder, cache=None):
    nlp = spacy.blank("en")
    cache = cache and {"@misc": "spacy_ita.AlignmentCache.v1", "path": cache}
    backend = {"@misc": "spacy_ita.HFDetector.v1", "name": folder, "threshold": 0.0, "top": 2}
    nlp.add_pipe("image_objects", config={"backend": backend, "cache": cache, "batch_size": 2})
    return nlp

def docs(nlp, paths):
    for path in paths:
        doc = nlp.make_doc(path)
        doc._.image_path = path
        yield doc

def objects(stream):
    return [(doc.text, doc._.image_objects) for doc in stream]
"""

FORK = """
torch.set_num_threads(2)
nlp = build(sys.argv[1], sys.argv[2])
paths = sys.argv[3:]
# enough work to start OpenMP's threads, which a fork then lacks
(torch.randn(500, 500) @ torch.randn(500, 500)).relu().sum()
alone = build(sys.argv[1])
expected = objects(alone.pipe(docs(alone, paths)))
found = objects(nlp.pipe(docs(nlp, paths * 3), n_process=2, batch_size=4))
assert [text for text, _ in found] == paths * 3
for (_, one), (_, other) in zip(found, expected * 3):
    assert type(one) is list and [item["label"] for item in one] == [i["label"] for i in other]
    assert all(abs(a["score"] - b["score"]) < 1e-4 for a, b in zip(one, other))
"""

SLOW_BACKEND = """
import time
from spacy_ita.alignment.backends.objects import HFDetector

log = open(sys.argv[3], "a")
call = HFDetector.__call__
def logged(self, pictures):
    for picture in pictures:
        print(picture.path, file=log, flush=True)
    found = call(self, pictures)
    time.sleep(float(sys.argv[4]))
    return found
HFDetector.__call__ = logged
nlp = build(sys.argv[1], sys.argv[2])
for doc in nlp.pipe(docs(nlp, sys.argv[5:])):
    print("done", doc.text, flush=True)
"""


def run(script, *arguments, **options):
    command = [sys.executable, "-c", SETUP + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def test_forked_workers_do_not_wait_for_threads_they_lack(yolos, pictures, tmp_path):
    process = run(FORK, yolos, tmp_path / "cache.db", *pictures)
    try:
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()


def test_a_killed_run_resumes_where_it_was(yolos, pictures, tmp_path):
    log = tmp_path / "log"
    process = run(SLOW_BACKEND, yolos, tmp_path / "cache.db", log, 60, *pictures[:2])
    deadline = time.monotonic() + 60
    while not log.exists() or len(log.read_text().splitlines()) < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    log.unlink()

    process = run(SLOW_BACKEND, yolos, tmp_path / "cache.db", log, 0.3, *pictures)
    # the first batch is out, so it was stored; the run dies in one of the next
    assert process.stdout.readline().startswith("done")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    first = log.read_text().split()
    log.unlink()
    assert pictures[:2] == first[:2]

    process = run(SLOW_BACKEND, yolos, tmp_path / "cache.db", log, 0, *pictures)
    assert len(process.communicate(timeout=60)[0].splitlines()) == len(pictures)
    second = log.read_text().split()
    assert not set(second) & set(pictures[:2]) and set(first) | set(second) == set(pictures)


@pytest.mark.slow
def test_two_runs_share_a_cache(yolos, pictures, tmp_path):
    log = tmp_path / "log"
    runs = [run(SLOW_BACKEND, yolos, tmp_path / "cache.db", log, 0.1, *pictures) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0].splitlines() for process in runs]
    assert [len(lines) for lines in outputs] == [len(pictures)] * 2
    assert [process.returncode for process in runs] == [0, 0]
