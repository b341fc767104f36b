"""Tweets in CoNLL columns, with or without the ids of their pictures."""

from .reader import read_conll
from .writer import conll_writer, format_conll

__all__ = ["conll_writer", "format_conll", "read_conll"]
