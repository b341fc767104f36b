"""How far a picture moves the vectors of the words."""

from collections.abc import Iterable

from spacy.tokens import Doc
from spacy.util import minibatch

from ..context import NO_CONTEXT
from ..encoder import EncodedWords, View
from ..ner.component import CrossViewNER

BATCH = 64


def view_distance(pipe: CrossViewNER, docs: Iterable[Doc]) -> float | None:
    """The mean L2 distance, over all words of the documents that have alignments, between the
    encoder's vectors with and without them (Wang et al., 2022, figure 3). None where there are
    no such documents.
    """
    encoder = pipe.model.get_ref("encoder")
    total, count = 0.0, 0
    with_context = (doc for doc in docs if len(doc) and pipe.context(doc, pipe.attrs))
    for batch in minibatch(with_context, BATCH):
        words = [[token.text for token in doc] for doc in batch]
        contexts = [pipe.context(doc, pipe.attrs) for doc in batch]
        image: EncodedWords = encoder.predict(
            [View(w, context) for w, context in zip(words, contexts, strict=True)]
        )
        text: EncodedWords = encoder.predict([View(w, NO_CONTEXT) for w in words])
        distances = (image.vectors - text.vectors).norm(dim=-1)
        for row, length in zip(distances, text.lengths.tolist(), strict=True):
            total += float(row[:length].sum())
            count += length
    return total / count if count else None
