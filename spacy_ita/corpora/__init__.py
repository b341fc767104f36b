"""Corpora of posts in and out: folders, JSONL, CSV, Parquet, DocBin, CoNLL and `datasets`."""

from .datasets import from_dataset, to_dataset
from .notes import Notes
from .readers import read_corpus
from .rows import row_of
from .rows.resumption import renew, resume
from .rows.run import Run
from .writers import open_writer, writing_alone

__all__ = [
    "Notes",
    "Run",
    "from_dataset",
    "open_writer",
    "read_corpus",
    "renew",
    "resume",
    "row_of",
    "to_dataset",
    "writing_alone",
]
