"""Helpers for the tests of the pipe."""

import torch

from spacy_ita.training.optimizer import create_adamw


def train(nlp, examples, steps=60):
    torch.manual_seed(0)
    nlp.initialize(lambda: examples)
    optimizer = create_adamw(3e-3)
    for _ in range(steps):
        losses = {}
        nlp.update(examples, sgd=optimizer, losses=losses, drop=0.0)
    return losses


def found(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]
