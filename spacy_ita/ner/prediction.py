"""What the tagger says of a Doc, and how it stands on the Doc."""

from dataclasses import dataclass, field, replace
from typing import Any

from numpy import flatnonzero
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span

from ..crf import Entity
from .recalibration import Recalibration, ViewKind

ORIGIN = "crf_ner"
"""Of a key in `doc.user_data` as extensions have, which spaCy takes along into slices and merged
Docs: there is the name of the pipe that found an entity, and its label then."""
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
        user_data: dict[Any, Any] = doc.user_data
        taken = {token.i for span in (*kept, *blocked) for token in span}
        forget(doc, name, confidence)
        for entity, probability in zip(self.entities, self.confidences, strict=True):
            ent = Span(doc, *entity)
            if taken.isdisjoint(range(ent.start, ent.end)):
                ent._.set(confidence, probability)
                user_data["._.", ORIGIN, ent.start_char, ent.end_char] = (name, ent.label_)
                kept.append(ent)
        doc.set_ents(kept, blocked=blocked)


def blocked_tokens(doc: Doc) -> list[Span]:
    """The tokens that are said to be in no entity, each as a Span."""
    iob, types = doc.to_array([ENT_IOB, ENT_TYPE]).T
    return [doc[i : i + 1] for i in flatnonzero((iob == BEGIN) & (types == 0)).tolist()]


def own_entities(doc: Doc, name: str) -> list[Span]:
    """The entities that a pipe found, and no other pipe has changed since. name: of the pipe."""
    origins = _origins(doc, name)
    return [ent for ent in doc.ents if origins.get((ent.start_char, ent.end_char)) == ent.label_]


def forget(doc: Doc, name: str, confidence: str) -> None:
    """Take off the Doc which of its entities a pipe found, and how sure it was.

    name: of the pipe. confidence: the extension's name.
    """
    user_data: dict[Any, Any] = doc.user_data
    for span in _origins(doc, name):
        for kind in (ORIGIN, confidence):
            user_data.pop(("._.", kind, *span), None)


def _origins(doc: Doc, name: str) -> dict[tuple[int, int], str]:
    """From first character and the character after the last to the label that the pipe gave."""
    user_data: dict[Any, Any] = doc.user_data
    return {
        key[2:]: value[1]
        for key, value in user_data.items()
        if isinstance(key, tuple) and key[:2] == ("._.", ORIGIN) and value[0] == name
    }
