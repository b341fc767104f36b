"""A context formatter that chooses captions by consensus."""

from collections.abc import Iterator

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
    """

    def __init__(
        self,
        mode: str = "All",
        captions: int | None = 5,
        objects: int | None = None,
        min_score: float | None = None,
        repeated: Repeated = "keep",
        pictures: Pictures = "joined",
    ) -> None:
        super().__init__(mode, captions, objects, repeated, pictures)
        self.min_score = min_score

    def _captions(self, captions: Entries) -> Iterator[str]:
        texts = [
            caption["text"]
            for caption in captions
            if self.min_score is None or caption["score"] >= self.min_score
        ]
        words = [frozenset(text.lower().split()) for text in texts]
        # including itself, which adds the same to all; the sort keeps the order of equals
        agreement = [sum(len(a & b) / max(len(a | b), 1) for b in words) for a in words]
        order = sorted(range(len(texts)), key=lambda i: -agreement[i])
        yield from (texts[i] for i in order[: self.captions])
