"""Corpora of posts in and out: folders, JSONL, CSV, Parquet, DocBin and CoNLL."""

from .notes import Notes
from .readers import read_corpus
from .rows import row_of
from .writers import open_writer, resume

__all__ = ["Notes", "open_writer", "read_corpus", "resume", "row_of"]
