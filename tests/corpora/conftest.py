"""A blank pipeline, and a function that reads the posts of a source with it."""

import pytest
import spacy

from spacy_ita.corpora import Notes, read_corpus


@pytest.fixture
def nlp():
    return spacy.blank("en")


@pytest.fixture
def read():
    """A function that returns id, text, picture's name and error of each post."""

    def read(path, nlp):
        return [
            (Notes(doc).id, doc.text, doc._.image_path.rsplit("/")[-1], Notes(doc).error)
            for doc in read_corpus(path, nlp)
        ]

    return read
