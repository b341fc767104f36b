"""The most similar training tweets with their entities, as a context without pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path

from spacy.tokens import Doc
from torch import Tensor

from spacy_ita import attributes
from spacy_ita.alignment.hub.similarity import SimilarityModel

ATTRS = attributes()
ENCODER = Path("training/minilm")
NEIGHBOURS = 3

Encode = Callable[[Sequence[str]], Tensor]
"""From N texts to unit vectors, (N, H)."""


def add_neighbours(
    docs: list[Doc],
    pool: Sequence[Doc],
    count: int = NEIGHBOURS,
    encode: Encode | None = None,
) -> list[Doc]:
    """Set the knowledge of documents to the most similar tweets of a pool, with their entities.

    A tweet is no neighbour of itself, nor of a copy of its text: in training, it would tell its own
    entities.

    Args:
        docs: The documents.
        pool: The training tweets, with gold entities.
        count: Number of neighbours of a document.
        encode: Encodes texts; None for MiniLM.

    Returns:
        The documents.
    """
    encode = encode or SimilarityModel(str(ENCODER)).texts
    own, others = (encode([doc.text for doc in part]) for part in (docs, pool))
    order = (own @ others.T).argsort(dim=1, descending=True, stable=True)
    for doc, ranked in zip(docs, order.tolist(), strict=True):
        near = (pool[i] for i in ranked if pool[i].text != doc.text)
        texts = [described(other) for other, _ in zip(near, range(count), strict=False)]
        doc._.set(ATTRS.image_knowledge, [{"text": text} for text in texts])
    return docs


def described(doc: Doc) -> str:
    """Write a tweet, each of its entities followed by its label."""
    labels = {ent.end: f" ( {ent.label_.lower()} )" for ent in doc.ents}
    return " ".join(token.text + labels.get(token.i + 1, "") for token in doc)
