"""Distance between the words' vectors with and without the picture."""

from collections.abc import Iterable

from spacy.tokens import Doc
from spacy.util import minibatch

from ..context import NO_CONTEXT
from ..encoder import EncodedWords, View
from ..ner.component import CrossViewNER
from ..ner.words import Words

BATCH = 64


def view_distance(pipe: CrossViewNER, docs: Iterable[Doc]) -> float | None:
    """Measure how far pictures move the encoder's word vectors (Wang et al., 2022, figure 3).

    Args:
        pipe: The tagger, with its encoder.
        docs: The documents. Only those with alignments, or with a picture that the encoder reads,
            count.

    Returns:
        The mean L2 distance over all their words between the vectors with and without the
        picture; None if there are no such documents.
    """
    encoder = pipe.model.get_ref("encoder")
    total, count = 0.0, 0
    views = (
        View(words.texts, pipe.context_of(doc, "auto")) for doc in docs if (words := Words.of(doc))
    )
    for batch in minibatch((view for view in views if view.context), BATCH):
        image: EncodedWords = encoder.predict(batch)
        text: EncodedWords = encoder.predict([View(view.words, NO_CONTEXT) for view in batch])
        distances = (image.vectors - text.vectors).norm(dim=-1)
        for row, length in zip(distances, text.lengths.tolist(), strict=True):
            total += float(row[:length].sum())
            count += length
    return total / count if count else None
