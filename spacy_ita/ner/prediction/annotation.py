"""What the tagger says of a Doc, and how it stands on the Doc."""

from dataclasses import dataclass, field, replace
from typing import Any

from numpy import flatnonzero
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span

from ...crf import Entity
from ...extensions.confidences import forget, origins, set_origin
from ..scores.recalibration import Recalibration, ViewKind

BEGIN = 3
"""Of `token.ent_iob`: the first token of an entity or, if that has no type, a blocked one."""


@dataclass(frozen=True)
class Prediction:
    """entities: (first token, the token after the last, label); confidences: one each; vectors:
    (tokens, width), the encoder's, None where no pipe listens; kind: whether they were read with a
    picture."""

    entities: list[Entity] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    vectors: Any = None
    kind: ViewKind = "text"

    def recalibrated(self, recalibration: Recalibration) -> "Prediction":
        """The same entities with other confidences."""
        return replace(self, confidences=[recalibration(p) for p in self.confidences])

    def annotate(self, doc: Doc, name: str, confidence: str) -> None:
        """Set the entities in place of an earlier prediction's, and `doc.tensor` where there are
        vectors. Entities of another origin and blocked tokens are kept, and entities that would
        overlap them left out.

        name: of the pipe. confidence: of the extension of a Span that holds its confidence.
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
    """The tokens that are said to be in no entity, each as a Span."""
    iob, types = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[i : i + 1] for i in flatnonzero((iob == BEGIN) & (types == 0)).tolist()]


def own_entities(doc: Doc, name: str) -> list[Span]:
    """The entities that a pipe found, and no other pipe has changed since. name: of the pipe."""
    found = origins(doc, name)
    return [ent for ent in doc.ents if found.get((ent.start_char, ent.end_char)) == ent.label_]
