"""How far a picture moves the vectors of the words."""

from collections.abc import Iterable

from spacy.tokens import Doc
from spacy.util import minibatch

from ..context import NO_CONTEXT
from ..encoder import EncodedWords, View
from ..ner.component import CrossViewNER

BATCH = 64


def view_distance(pipe: CrossViewNER, docs: Iterable[Doc]) -> float | None:
    """The mean L2 distance, over all words of the documents that have alignments, or a picture
    that the encoder reads, between the encoder's vectors with and without them (Wang et al.,
    2022, figure 3). None where there are no such documents.
    """
    encoder = pipe.model.get_ref("encoder")
    total, count = 0.0, 0
    views = (
        View([token.text for token in doc], pipe.context_of(doc, "auto"))
        for doc in docs
        if len(doc)
    )
    for batch in minibatch((view for view in views if view.context), BATCH):
        image: EncodedWords = encoder.predict(batch)
        text: EncodedWords = encoder.predict([View(view.words, NO_CONTEXT) for view in batch])
        distances = (image.vectors - text.vectors).norm(dim=-1)
        for row, length in zip(distances, text.lengths.tolist(), strict=True):
            total += float(row[:length].sum())
            count += length
    return total / count if count else None
