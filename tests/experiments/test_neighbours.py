"""A tweet's neighbours are other training tweets, with their entities."""

import spacy
import torch
from torch.nn.functional import normalize

from scripts.experiments.rows.neighbours import add_neighbours


def docs_of(*texts):
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(text) for text in texts]
    for doc in docs:
        doc.ents = [doc.char_span(*place, "LOC") for place in [(0, 5)] if doc.text[0] == "p"]
    return docs


def letters(texts):
    """Unit vectors of the letters that the texts hold."""
    counts = [[text.count(chr(97 + n)) for n in range(26)] for text in texts]
    return normalize(torch.tensor(counts, dtype=torch.float))


def test_the_nearest_others_are_the_context():
    train = docs_of("paris is big", "paris is big", "paris was big", "zzz")
    add_neighbours(train, train, count=2, encode=letters)
    found = [[item["text"] for item in doc._.image_knowledge] for doc in train]
    # neither itself nor its copy
    assert found[0] == ["paris ( loc ) was big", "zzz"] == found[1]
    assert found[2] == ["paris ( loc ) is big"] * 2
    other = docs_of("zz")
    add_neighbours(other, train, count=1, encode=letters)
    assert [item["text"] for item in other[0]._.image_knowledge] == ["zzz"]
