"""What the tagger says of a Doc, and how it stands on the Doc."""

from dataclasses import dataclass, field
from typing import Any

from numpy import flatnonzero
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span

from ..crf import Entity

BEGIN = 3
"""Of `token.ent_iob`: the first token of an entity or, if that has no type, a blocked one."""


@dataclass(frozen=True)
class Prediction:
    """entities: (first token, the token after the last, label); confidences: one each; vectors:
    (tokens, width), the encoder's, None where no pipe listens."""

    entities: list[Entity] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    vectors: Any = None

    def annotate(self, doc: Doc, confidence: str) -> None:
        """Set the entities in place of an earlier prediction's, and `doc.tensor` where there are
        vectors. Entities of another origin, which have no confidence, and blocked tokens are
        kept, and entities that would overlap them left out.

        confidence: the name of the extension of a Span that holds its confidence.
        """
        if self.vectors is not None:
            doc.tensor = self.vectors
        kept = [ent for ent in doc.ents if ent._.get(confidence) is None]
        blocked = blocked_tokens(doc)
        taken = {token.i for span in (*kept, *blocked) for token in span}
        remove_confidences(doc, confidence)
        for entity, probability in zip(self.entities, self.confidences, strict=True):
            ent = Span(doc, *entity)
            if taken.isdisjoint(range(ent.start, ent.end)):
                ent._.set(confidence, probability)
                kept.append(ent)
        doc.set_ents(kept, blocked=blocked)


def blocked_tokens(doc: Doc) -> list[Span]:
    """The tokens that are said to be in no entity, each as a Span."""
    iob, types = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[i : i + 1] for i in flatnonzero((iob == BEGIN) & (types == 0)).tolist()]


def remove_confidences(doc: Doc, confidence: str) -> None:
    """Take the confidences of the Doc's entities off it. confidence: the extension's name."""
    user_data: dict[Any, Any] = doc.user_data
    for ent in doc.ents:
        user_data.pop(("._.", confidence, ent.start_char, ent.end_char), None)
