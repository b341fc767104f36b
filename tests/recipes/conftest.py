"""A small aligned corpus."""

import pytest
import spacy
from spacy.tokens import DocBin


@pytest.fixture
def corpus(tmp_path):
    nlp = spacy.blank("en")
    docs = []
    for name, label in (("paris", "LOC"), ("obama", "PER")) * 2:
        doc = nlp.make_doc(f"i love {name}")
        doc.ents = [doc.char_span(7, 12, label)]
        doc._.image_captions = [{"text": "a man sings", "score": 0.0}]
        docs.append(doc)
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "corpus.spacy")
    return tmp_path / "corpus.spacy"
