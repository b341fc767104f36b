"""The parts that Ray runs, without a cluster: tests/cli/test_ray.py has one."""

import pytest
import spacy

from spacy_ita.distributed.job import Job
from spacy_ita.distributed.ray_data import _Actor, _pack, _Reader, _row

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
