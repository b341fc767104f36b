"""Rows of the encoder's input one by one, as a test would write them."""

from typing import NamedTuple

from spacy_ita.encoder.subwords.rows import Rows


class Row(NamedTuple):
    """The subwords of a row, their token types, and where the words that it stands for begin."""

    ids: list[int]
    types: list[int]
    positions: list[int]


def by_view(rows: Rows) -> list[list[Row]]:
    """List the rows of each view."""
    found: list[list[Row]] = [[] for _ in rows.view_sizes]
    for r, view in enumerate(rows.views):
        subwords, words = slice(*rows.starts[r : r + 2]), slice(*rows.words[r : r + 2])
        parts = (rows.ids[subwords], rows.types[subwords], rows.positions[words])
        found[view].append(Row(*(part.tolist() for part in parts)))
    return found
