"""Alignments of several pictures, one picture after another."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spacy.tokens import Doc

from ..extensions.alignments import tag_of
from ..extensions.normalisation import PICTURE

Entries = Sequence[Mapping[str, Any]]
"""Entries of an alignment that belong to one picture."""
WORD = re.compile(r"\w+")


def by_picture(entries: Entries) -> dict[int, Entries]:
    """Group the entries of an alignment by picture.

    What an earlier picture has is left out: the same tag, caption, line or paragraph.
    """
    numbers = {entry.get(PICTURE, 0) for entry in entries}
    if len(numbers) < 2:
        return dict.fromkeys(numbers, entries)
    found: dict[int, list[Mapping[str, Any]]] = {}
    first: dict[str, int] = {}
    for entry in entries:
        number = entry.get(PICTURE, 0)
        if first.setdefault(_text_of(entry).casefold(), number) == number:
            found.setdefault(number, []).append(entry)
    return dict(found)


def by_relevance(
    doc: Doc, pictures: Sequence[int], alignments: Sequence[Mapping[int, Entries]]
) -> list[int]:
    """Sort pictures by the number of the text's words that their alignments share.

    Args:
        doc: The document; its stop words don't count.
        pictures: Numbers of the pictures; those of equal relevance keep their order.
        alignments: Entries of each alignment, by picture.
    """
    words = {token.lower_ for token in doc if token.is_alpha and not token.is_stop}

    def shared(number: int) -> int:
        entries = [entry for alignment in alignments for entry in alignment.get(number, [])]
        return len(words & set(WORD.findall(" ".join(map(_text_of, entries)).lower())))

    return sorted(pictures, key=lambda number: -shared(number))


def _text_of(entry: Any) -> str:
    return tag_of(entry) if "label" in entry else entry["text"]
