"""Prints the vectors of small encoders under the transformers of its process."""

import json
import sys

import spacy
import transformers

from spacy_ita.context import Context
from spacy_ita.encoder import View, build_context_encoder


def vectors_of(folder):
    """Return the words' vectors of two views."""
    encoder = build_context_encoder(str(folder))
    encoder.initialize()
    context = Context([["a man sings", "on stage"], ["person"]])
    views = [View(["i", "love", "paris"][:n], context) for n in (1, 3)]
    return encoder.predict(views).vectors.tolist()


if __name__ == "__main__":
    # it loads the entry points of spacy-transformers too
    spacy.blank("en")
    print(json.dumps([transformers.__version__, *map(vectors_of, sys.argv[1:])]))
