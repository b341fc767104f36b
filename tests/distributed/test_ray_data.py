"""The parts that Ray runs, without a cluster: tests/cli/test_ray.py has one."""

import io
import json
import tarfile

import pytest
import spacy

from spacy_ita.distributed.job import Job
from spacy_ita.distributed.ray_data import _Actor, _pack, _Reader, _row, _unpack
from spacy_ita.sources import read_source

pytest.importorskip("pyarrow")


def unloadable():
    raise OSError("no pipeline at /nowhere")


@pytest.mark.parametrize("run", [_Reader, lambda job: _Actor(job, gpus=0.0)])
def test_a_machine_without_the_pipeline_says_so_in_a_row(run, tmp_path):
    """An error of the constructor would kill an actor, again and again."""
    docs = _row(_pack([spacy.blank("en").make_doc("i love paris")]))
    [error] = run_rows(run(Job(unloadable, tmp_path / "posts.jsonl", batch_size=1)), docs)
    assert error == "no pipeline at /nowhere"


def run_rows(part, row):
    """Return the errors of the rows that a part returns for one batch."""
    rows = part(row)
    return [found["error"][0].as_py() for found in (rows if isinstance(part, _Reader) else [rows])]


class Blank:
    """A worker that only reads."""

    def __init__(self):
        self.nlp = spacy.blank("en")

    def pipe(self, docs, batch_size):
        return self.nlp.pipe(docs, batch_size=batch_size)


def test_no_process_keeps_the_words_of_the_corpus(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"a word{number}"}) for number in range(6)))
    reader, actor, command = Blank(), Blank(), Blank()
    known = [len(worker.nlp.vocab.strings) for worker in (reader, actor, command)]
    rows = _Reader(Job(lambda: reader, path, batch_size=2))(None)
    job = Job(lambda: actor, path, batch_size=2)
    done = map(_Actor(job, gpus=0.0), rows)
    docs = (doc for row in done for doc in _unpack(row["docs"][0].as_py(), command.nlp.vocab))
    texts = [doc.text for batch in job.batches(docs, command.nlp) for doc in batch]
    assert texts == [f"a word{number}" for number in range(6)]
    assert [len(worker.nlp.vocab.strings) for worker in (reader, actor, command)] == known


@pytest.mark.parametrize("kind", ["parquet", "tar"])
def test_the_reader_sends_references_and_no_bytes(tmp_path, kind):
    secret = b"\x89PNG and more bytes" * 50
    path = tmp_path / f"posts.{kind}"
    if kind == "parquet":
        pyarrow = pytest.importorskip("pyarrow")
        table = pyarrow.table({"text": ["a", "b"], "image": [{"bytes": secret, "path": None}] * 2})
        pytest.importorskip("pyarrow.parquet").write_table(table, path)
    else:
        with tarfile.open(path, "w") as archive:
            for name in ("a.png", "b.png"):
                entry = tarfile.TarInfo(name)
                entry.size = len(secret)
                archive.addfile(entry, io.BytesIO(secret))
    rows = list(_Reader(Job(Blank, path, batch_size=1))(None))
    docs = [doc for row in rows for doc in _unpack(row["docs"][0].as_py(), spacy.blank("en").vocab)]
    assert [doc._.image_path.partition("://")[0] for doc in docs] == [kind] * 2
    assert all(len(str(value)) < 200 for doc in docs for value in doc.user_data.values())
    assert [read_source(doc._.image_path) for doc in docs] == [secret] * 2
