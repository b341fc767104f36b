"""F1 of a pipeline's entities on the kinds of name that the demo's tweets hold."""

from collections.abc import Iterable, Sequence

from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span
from spacy.training import Example

KINDS = ("plain", "ambiguous", "lettering")
Offsets = tuple[int, int, str]


def offsets(spans: Iterable[Span]) -> set[Offsets]:
    return {(span.start_char, span.end_char, span.label_) for span in spans}


def scores(examples: Sequence[Example], docs: Sequence[Doc]) -> dict[str, float]:
    """F1 in percent: of all entities, and of those that overlap the names of each kind."""
    found = {name: PRFScore() for name in ("all", *KINDS)}
    for example, doc in zip(examples, docs, strict=True):
        predicted = offsets(doc.ents)
        found["all"].score_set(predicted, offsets(example.reference.ents))
        for kind in KINDS:
            gold = offsets(example.reference.spans[kind])
            found[kind].score_set({ent for ent in predicted if overlaps(ent, gold)}, gold)
    return {name: 100 * score.fscore for name, score in found.items()}


def overlaps(ent: Offsets, others: Iterable[Offsets]) -> bool:
    return any(ent[0] < end and start < ent[1] for start, end, _ in others)


def annotate(nlp: Language, examples: Sequence[Example], view: str) -> list[Doc]:
    """The examples' documents, annotated by the tagger alone in a view."""
    ner = nlp.get_pipe("ner")
    ner.view = view  # type: ignore[attr-defined]
    docs = [example.predicted.copy() for example in examples]
    return list(ner.pipe(docs, batch_size=256))  # type: ignore[attr-defined]
