"""How a row changes the documents of a data set."""

import random

from spacy.tokens import Doc, Span

from spacy_ita import attributes

ATTRS = attributes()


def shuffle_pictures(docs: list[Doc]) -> list[Doc]:
    """Give each document the picture and the alignments of another one."""
    order = list(range(len(docs)))
    random.Random(0).shuffle(order)
    names = (ATTRS.image_path, *ATTRS.alignments)
    pictures = [[doc._.get(name) for name in names] for doc in docs]
    for position, number in enumerate(order):
        # a cycle through the shuffled documents: none keeps its own picture
        for name, value in zip(names, pictures[order[position - 1]], strict=True):
            docs[number]._.set(name, value)
    return docs


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


CHANGES = {"shuffled": shuffle_pictures, "appended": append_captions}
