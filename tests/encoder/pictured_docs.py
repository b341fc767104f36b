"""Documents where only the picture's colour shows a name's type, and a training on them."""

import torch

from spacy_ita.training.optimizer import create_adamw

COLOURS = {"red": "PER", "blue": "LOC"}
NAMES = ("jordan", "paris", "chelsea", "london")
OBJECTS = {"red": "man", "blue": "city"}


def document(nlp, text, path=""):
    doc = nlp.make_doc(text)
    doc._.image_path = path
    return doc


def with_object(doc, colour):
    """Add the label of the object that a picture of the colour shows, and its box."""
    box = [2.0, 2.0, 30.0, 30.0]
    doc._.image_objects = [{"label": OBJECTS[colour], "attribute": "", "score": 1.0, "box": box}]
    return doc


def train(nlp, data, steps):
    torch.manual_seed(0)
    nlp.initialize(lambda: data)
    optimizer = create_adamw(3e-3)
    for _ in range(steps):
        losses = nlp.update(data, sgd=optimizer, losses={}, drop=0.0)
    return losses


def found(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]
