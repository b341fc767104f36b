"""An aligner of the documents alone whose text leaves a tagger unsure."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch
from spacy.vocab import Vocab

from ..context import Views
from ..corpora.notes import Notes
from ..extensions import attributes_of
from .aligner import Aligner
from .annotator import Annotator


@dataclass(frozen=True)
class UnsureAligner:
    """An aligner that leaves documents as they are whose text view a tagger is sure of.

    A document is unsure if the tagger finds an entity in its text with a confidence below the
    threshold, as in `spacy_ita.report.knowledge_cost`. The tagger's entities are not kept.

    Attributes:
        aligner: Aligns the unsure documents.
        tagger: Reads the text view.
        threshold: The lowest confidence of a sure entity.
    """

    aligner: Aligner
    tagger: Annotator
    threshold: float

    @classmethod
    def of(cls, aligner: Aligner, tagger: Language, threshold: float) -> "UnsureAligner":
        """Use a pipeline with one `crf_ner`. Raises ValueError if it has none, or several."""
        return cls(aligner, Annotator(tagger, Views.T), threshold)

    @property
    def nlp(self) -> Language:
        """The pipeline of the aligner."""
        return self.aligner.nlp

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """Align the unsure documents of a stream, preserving order.

        `Notes(doc).sure` is set on the others.

        Raises:
            BackendError: If an engine can't run at all.
            ValueError: If the batch size is below 1.
        """
        # sure documents wait for the unsure ones before them; None is the place of an unsure one
        waiting: deque[Doc | None] = deque()

        def unsure() -> Iterator[Doc]:
            for batch in minibatch(docs, batch_size):
                for doc, sure in zip(batch, self._sure(batch), strict=True):
                    Notes(doc).sure = sure
                    waiting.append(doc if sure else None)
                    if not sure:
                        yield doc

        for aligned in self.aligner.pipe(unsure(), batch_size):
            while (doc := waiting.popleft()) is not None:
                yield doc
            yield aligned
        yield from (doc for doc in waiting if doc is not None)

    def _sure(self, docs: Sequence[Doc]) -> list[str]:
        """Say for each document how sure the tagger is of its entities; "" if it isn't.

        A document without a picture has nothing to align, and isn't read.
        """
        name = attributes_of(self.nlp).image_path
        pictured = [bool(doc._.get(name)) for doc in docs]
        copies = [_copy(doc, self.tagger.nlp.vocab) for doc in compress(docs, pictured)]
        read = iter(self.tagger(copies))
        return [self._confidence(next(read)) if seen else "" for seen in pictured]

    def _confidence(self, doc: Doc) -> str:
        name = self.tagger.tagger.attrs.confidence
        # entities of other pipes, such as an entity_ruler, have none
        found = [known for ent in doc.ents if (known := ent._.get(name)) is not None]
        least = min(found, default=1.0)
        return f"{least:.3f}" if least >= self.threshold else ""


def _copy(doc: Doc, vocab: Vocab) -> Doc:
    """Make a document of the same words for another pipeline."""
    words = [token.text for token in doc]
    return Doc(vocab, words, [bool(token.whitespace_) for token in doc])
