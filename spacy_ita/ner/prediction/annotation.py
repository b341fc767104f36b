"""A tagger's prediction for a Doc, and how it is set on the Doc."""

from dataclasses import dataclass, field, replace
from typing import Any

from numpy import flatnonzero
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span

from ...crf import Entity
from ...extensions.confidences import forget, origins, set_origin
from ..words import Words
from .recalibration import IDENTITY, Recalibration, ViewKind

BEGIN = 3
"""Value of `token.ent_iob` for the first token of an entity or, without a type, a blocked token."""


@dataclass(frozen=True)
class Prediction:
    """The entities that a tagger finds in a Doc.

    Args:
        entities: First token, the token after the last, and label of each entity.
        confidences: Confidence of each entity.
        vectors: The encoder's vectors of the tokens, (T, H); None if no pipe listens.
        kind: The view: "image" with a picture, "text" without.
    """

    entities: list[Entity] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    vectors: Any = None
    kind: ViewKind = "text"

    def recalibrated(self, recalibration: Recalibration) -> "Prediction":
        """Return the same entities with mapped confidences."""
        if recalibration == IDENTITY:
            return self
        return replace(self, confidences=[recalibration(p) for p in self.confidences])

    def of_tokens(self, words: Words) -> "Prediction":
        """Convert a prediction for a document's words to one for its tokens."""
        if words.are_tokens:
            return self
        entities = [(*words.span(first, last), label) for first, last, label in self.entities]
        vectors = None if self.vectors is None else words.to_tokens(self.vectors)
        return replace(self, entities=entities, vectors=vectors)

    def annotate(self, doc: Doc, name: str, confidence: str) -> None:
        """Replace the entities of an earlier prediction, and set `doc.tensor` if there are vectors.

        Entities from elsewhere and blocked tokens are kept. New entities that overlap them are
        dropped.

        Args:
            doc: The document.
            name: Name of the pipe.
            confidence: Name of the Span extension for the confidence.
        """
        if self.vectors is not None:
            doc.tensor = self.vectors
        own = own_entities(doc, name)
        kept = [ent for ent in doc.ents if ent not in own]
        blocked = blocked_tokens(doc)
        taken = {i for span in (*kept, *blocked) for i in range(span.start, span.end)}
        forget(doc, name, confidence)
        for entity, probability in zip(self.entities, self.confidences, strict=True):
            ent = Span(doc, *entity)
            if taken.isdisjoint(range(ent.start, ent.end)):
                set_origin(ent, name)
                ent._.set(confidence, probability)
                kept.append(ent)
        doc.set_ents(kept, blocked=blocked)


def blocked_tokens(doc: Doc) -> list[Span]:
    """Return the tokens that must not be in an entity, each as a Span."""
    if not doc.has_annotation("ENT_IOB"):
        return []
    iob, types = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[i : i + 1] for i in flatnonzero((iob == BEGIN) & (types == 0)).tolist()]


def own_entities(doc: Doc, name: str) -> list[Span]:
    """Return the entities that the pipe of a name found, and no other pipe has changed since."""
    ents = doc.ents
    found = origins(doc, name) if ents else {}
    return [ent for ent in ents if found.get((ent.start_char, ent.end_char)) == ent.label_]
