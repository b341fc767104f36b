"""Which captions a context holds, chosen by their scores and by what they have in common."""

from collections.abc import Iterator

from spacy.tokens import Doc
from spacy.util import registry

from ..extensions import Attributes
from .formatter import ContextFormatter, Repeated


@registry.misc("spacy_ita.ConsensusFormatter.v1")
class ConsensusFormatter(ContextFormatter):
    """A `spacy_ita.ContextFormatter.v1` that takes the captions on which the captioner agrees.

    Captions are sorted by their mean similarity to the picture's other captions, which is the
    share of the words that two have in common (Jaccard): consensus captions of Devlin et al.
    (2015), "Exploring nearest neighbor approaches for image captioning".

    mode, captions, objects, repeated: as there.
    min_score: the least score of a caption; what has less is neither kept nor compared. Where
        recorded scores tell a picture's relevance, this leaves irrelevant pictures out.
    """

    def __init__(
        self,
        mode: str = "All",
        captions: int | None = 5,
        objects: int | None = None,
        min_score: float | None = None,
        repeated: Repeated = "keep",
    ) -> None:
        super().__init__(mode, captions, objects, repeated)
        self.min_score = min_score

    def _captions(self, doc: Doc, attrs: Attributes) -> Iterator[str]:
        texts = [
            caption["text"]
            for caption in doc._.get(attrs.image_captions) or []
            if self.min_score is None or caption["score"] >= self.min_score
        ]
        words = [frozenset(text.lower().split()) for text in texts]
        # with itself too, which is the same for all; the sort keeps equals in the given order
        agreement = [sum(len(a & b) / max(len(a | b), 1) for b in words) for a in words]
        order = sorted(range(len(texts)), key=lambda i: -agreement[i])
        yield from (texts[i] for i in order[: self.captions])
