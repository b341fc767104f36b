"""Documents for a small pipeline with the pipes of en_ita, and a backend for it."""

import spacy
from spacy.training import Example

TEXTS = {
    "jordan sings tonight": ("jordan", "PER"),
    "chelsea plays tonight": ("chelsea", "ORG"),
    "i love paris": ("paris", "LOC"),
}
OLD = ("LOC", "ORG", "PER")
CAPTIONS = [{"text": "a man", "score": 0.0}]


@spacy.registry.misc("test.Backend.v1")
class SameAnswer:
    """A backend that gives the same answer for every picture."""

    def __init__(self, answer):
        self.answer = answer
        self.identity = {"backend": "test.Backend.v1", "answer": answer}

    def __call__(self, pictures):
        return [self.answer for _ in pictures]


def aligned(nlp, text):
    doc = nlp.make_doc(text)
    doc._.image_captions = CAPTIONS
    return doc


def gold_docs(nlp, names):
    """Return the texts with renamed entities; entities without a new name are left out."""
    docs = []
    for text, (words, label) in TEXTS.items():
        doc = aligned(nlp, text)
        start = text.index(words)
        if label in names:
            doc.ents = [doc.char_span(start, start + len(words), names[label])]
        docs.append(doc)
    return docs


def examples_of(nlp, names):
    return [Example(aligned(nlp, gold.text), gold) for gold in gold_docs(nlp, names)]
