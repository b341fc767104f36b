"""A context formatter that chooses captions and paragraphs of knowledge by consensus."""

from collections.abc import Iterator, Sequence

from spacy.util import registry

from .formatter import ContextFormatter, Pictures, Repeated
from .several_pictures import Entries


@registry.misc("spacy_ita.ConsensusFormatter.v1")
class ConsensusFormatter(ContextFormatter):
    """A `spacy_ita.ContextFormatter.v1` that prefers captions similar to the picture's others.

    Captions are sorted by their mean similarity to the picture's other captions, the share of
    common words (Jaccard): consensus captions of Devlin et al. (2015), "Exploring nearest neighbor
    approaches for image captioning".

    Args:
        mode: As in `ContextFormatter`.
        captions: As in `ContextFormatter`.
        objects: As in `ContextFormatter`.
        min_score: Minimum score of a caption; others are dropped before the comparison. If recorded
            scores measure a picture's relevance, this leaves irrelevant pictures out.
        repeated: As in `ContextFormatter`.
        pictures: As in `ContextFormatter`.
        knowledge: Maximum number of paragraphs of knowledge. They are sorted as captions are; with
            None, all are written in their own order.
    """

    def __init__(
        self,
        mode: str = "All",
        captions: int | None = 5,
        objects: int | None = None,
        min_score: float | None = None,
        repeated: Repeated = "keep",
        pictures: Pictures = "joined",
        knowledge: int | None = None,
    ) -> None:
        super().__init__(mode, captions, objects, repeated, pictures, knowledge)
        self.min_score = min_score

    def _captions(self, captions: Entries) -> Iterator[str]:
        texts = [
            caption["text"]
            for caption in captions
            if self.min_score is None or caption["score"] >= self.min_score
        ]
        yield from _by_consensus(texts)[: self.captions]

    def _paragraphs(self, paragraphs: Entries) -> Iterator[str]:
        texts = [paragraph["text"] for paragraph in paragraphs]
        if self.knowledge is not None:
            texts = _by_consensus(texts)[: self.knowledge]
        yield from texts


def _by_consensus(texts: Sequence[str]) -> list[str]:
    """Sort texts by the words that they share with the others; equals keep their order."""
    words = [frozenset(text.lower().split()) for text in texts]
    # including itself, which adds the same to all
    agreement = [sum(len(a & b) / max(len(a | b), 1) for b in words) for a in words]
    return [texts[i] for i in sorted(range(len(texts)), key=lambda i: -agreement[i])]
