"""How a row changes the documents of a data set."""

import random
from collections.abc import Callable

from spacy.tokens import Doc, Span

from spacy_ita import attributes
from spacy_ita.extensions.normalisation import PICTURE

from .neighbours import add_neighbours

ATTRS = attributes()

Change = Callable[[list[Doc], list[Doc]], list[Doc]]
"""From the documents of a split, and those of train, to the changed documents of the split."""


def shuffle_pictures(docs: list[Doc]) -> list[Doc]:
    """Give each document the picture and the alignments of another one."""
    names = (ATTRS.image_path, *ATTRS.alignments)
    pictures = [[doc._.get(name) for name in names] for doc in docs]
    for doc, other in zip(docs, _others(len(docs)), strict=True):
        for name, value in zip(names, pictures[other], strict=True):
            doc._.set(name, value)
    return docs


def prepend_pictures(docs: list[Doc]) -> list[Doc]:
    """Put the picture of another document before each document's own, with its alignments."""
    paths = [doc._.get(ATTRS.image_path) for doc in docs]
    alignments = [{name: doc._.get(name) for name in ATTRS.alignments} for doc in docs]
    for number, other in enumerate(_others(len(docs))):
        docs[number]._.set(ATTRS.image_paths, [paths[other], paths[number]])
        for name in ATTRS.alignments:
            held = (alignments[other][name], alignments[number][name])
            entries = [
                {**entry, PICTURE: picture}
                for picture, found in enumerate(held)
                for entry in found or []
            ]
            docs[number]._.set(name, None if held == (None, None) else entries)
    return docs


def _others(count: int) -> list[int]:
    """Choose another document for each of `count`, the same in every run."""
    order = list(range(count))
    random.Random(0).shuffle(order)
    others = [0] * count
    for position, number in enumerate(order):
        # a cycle through the shuffled documents
        others[number] = order[position - 1]
    return others


def append_captions(docs: list[Doc]) -> list[Doc]:
    """Append the words of the captions to each document; none of them is an entity."""
    found = []
    for doc in docs:
        captions = [caption["text"] for caption in doc._.get(ATTRS.image_captions) or []]
        words = [word for text in captions for word in text.split()]
        spaces = [bool(token.whitespace_) for token in doc]
        spaces[-1] = spaces[-1] or bool(words)
        appended = Doc(
            doc.vocab, words=[t.text for t in doc] + words, spaces=spaces + [True] * len(words)
        )
        appended.set_ents([Span(appended, e.start, e.end, e.label) for e in doc.ents])
        found.append(appended)
    return found


CHANGES: dict[str, Change] = {
    "shuffled": lambda docs, train: shuffle_pictures(docs),
    "second": lambda docs, train: prepend_pictures(docs),
    "appended": lambda docs, train: append_captions(docs),
    "neighbours": add_neighbours,
}
