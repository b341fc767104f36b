"""What a trained pipeline finds in the held-out split, and how right it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from plan import Run
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span

from spacy_ita.ner.component import CrossViewNER
from spacy_ita.report.distance import view_distance
from spacy_ita.training.corpus import PictureCorpus

VIEWS = {"T": "text", "I+T": "auto"}
Offsets = tuple[int, int, str]


@dataclass(frozen=True)
class Measured:
    """scores: p, r, f, per_type and kinds of each view, and of the tagger's I+T the distance that
    the picture moves the words' vectors, where any does; predictions: a line a document, of the
    entities' offsets in gold and in each view."""

    scores: dict[str, dict[str, Any]]
    predictions: list[dict[str, list[Offsets]]]


def measure(run: Run, model: Path) -> Measured:
    """Annotate the held-out split in each of the approach's views."""
    nlp = spacy.load(model)
    gold = run.data.docs("aligned", "test")
    reader = PictureCorpus(run.data.path(run.approach.corpus, "test"))
    docs = [example.predicted for example in reader(nlp)]
    found = {view: predict(nlp, docs, view) for view in run.approach.views}
    predictions = [
        {
            "gold": sorted(offsets(reference.ents)),
            # what was appended to a text is no part of it
            **{
                v: sorted(e for e in ents[n] if e[1] <= len(reference.text))
                for v, ents in found.items()
            },
        }
        for n, reference in enumerate(gold)
    ]
    found_scores = {view: scores(gold, [set(line[view]) for line in predictions]) for view in found}
    ner = nlp.get_pipe("ner")
    if "I+T" in found_scores and isinstance(ner, CrossViewNER):
        distance = view_distance(ner, docs)
        if distance is not None:
            found_scores["I+T"]["distance"] = distance
    return Measured(found_scores, predictions)


def predict(nlp: Language, docs: Sequence[Doc], view: str) -> list[set[Offsets]]:
    """The entities of each document in a view."""
    ner = nlp.get_pipe("ner")
    if isinstance(ner, CrossViewNER):
        ner.view = VIEWS[view]  # type: ignore[assignment]
    return [offsets(doc.ents) for doc in nlp.pipe([doc.copy() for doc in docs])]


def offsets(spans: Iterable[Span]) -> set[Offsets]:
    return {(span.start_char, span.end_char, span.label_) for span in spans}


def scores(gold: Sequence[Doc], found: Sequence[set[Offsets]]) -> dict[str, Any]:
    """p, r and f of all entities, of each type, and, where the documents tell kinds of names
    apart in `doc.spans`, f of the entities that overlap the names of each kind."""
    whole = PRFScore()
    types: dict[str, PRFScore] = defaultdict(PRFScore)
    kinds: dict[str, PRFScore] = defaultdict(PRFScore)
    for doc, predicted in zip(gold, found, strict=True):
        reference = offsets(doc.ents)
        whole.score_set(predicted, reference)
        for label in {ent[2] for ent in predicted | reference}:
            types[label].score_set(
                {e for e in predicted if e[2] == label}, {e for e in reference if e[2] == label}
            )
        for kind, spans in doc.spans.items():
            names = offsets(spans)
            kinds[kind].score_set({ent for ent in predicted if overlaps(ent, names)}, names)
    return {
        **prf(whole),
        "per_type": {label: prf(types[label]) for label in sorted(types)},
        "kinds": {kind: score.fscore for kind, score in kinds.items()},
    }


def prf(score: PRFScore) -> dict[str, float]:
    return {"p": score.precision, "r": score.recall, "f": score.fscore}


def overlaps(ent: Offsets, others: Iterable[Offsets]) -> bool:
    return any(ent[0] < end and start < ent[1] for start, end, _ in others)
