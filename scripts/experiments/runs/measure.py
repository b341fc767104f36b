"""The entities that a trained pipeline finds in the held-out split, and their scores."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.scorer import PRFScore
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_ita import attributes
from spacy_ita.ner.component import CrossViewNER
from spacy_ita.ner.scores.calibration import (
    brier_score,
    expected_calibration_error,
    risk_coverage_area,
)
from spacy_ita.ner.scores.recalibration_fit import fit_recalibrations
from spacy_ita.report.distance import view_distance
from spacy_ita.training.corpus import PictureCorpus

from .plan import Run

VIEWS = {"T": "text", "I+T": "auto"}
CONFIDENCE = attributes().confidence
DIGITS = 5
"""Of a confidence in the file of predictions."""

Offsets = tuple[int, int, str]
Found = dict[Offsets, float | None]
"""From the entities of a document to their confidences, None where the pipe gives none."""


@dataclass(frozen=True)
class Measured:
    """What was measured on a split.

    Args:
        scores: For each view, p, r, f, per_type, kinds and, if entities have confidences, their
            calibration; for I+T also how far the picture moves the words' vectors.
        predictions: For each document, the offsets of gold entities and of each view's, these
            with the confidences as trained.
    """

    scores: dict[str, dict[str, Any]]
    predictions: list[dict[str, list[Any]]]


def measure(run: Run, model: Path, split: str) -> Measured:
    """Annotate a measured split in each of the approach's views, where the run was trained."""
    if run.gpu_id >= 0:
        # of this thread alone
        spacy.require_gpu(run.gpu_id)
    nlp = spacy.load(model)
    gold = run.data.docs("aligned", split)
    docs = [example.predicted for example in read_split(run, split, nlp)]
    # what was appended to a text is no part of it
    found = {view: within(predict(nlp, docs, view), gold) for view in run.approach.views}
    predictions = [
        {
            "gold": sorted(offsets(reference.ents)),
            **{view: with_confidences(of_docs[n]) for view, of_docs in found.items()},
        }
        for n, reference in enumerate(gold)
    ]
    measured = {view: scores(gold, [set(ents) for ents in found[view]]) for view in found}
    ner = nlp.get_pipe("ner")
    if isinstance(ner, CrossViewNER):
        for view, of_docs in found.items():
            measured[view] |= calibration(gold, of_docs)
        if "I+T" in measured and (distance := view_distance(ner, docs)) is not None:
            measured["I+T"]["distance"] = distance
        if run.data.has_dev:
            ner.recalibrate(fit_recalibrations(ner, read_split(run, "dev", nlp)))
            for view in found:
                calibrated = calibration(gold, within(predict(nlp, docs, view), gold))
                measured[view] |= {f"{name}_calibrated": v for name, v in calibrated.items()}
    return Measured(measured, predictions)


def read_split(run: Run, split: str, nlp: Language) -> list[Example]:
    """Read a split as the approach sees it."""
    return list(PictureCorpus(run.data.path(run.approach.corpus, split))(nlp))


def predict(nlp: Language, docs: Sequence[Doc], view: str) -> list[Found]:
    """Find the entities of each document in a view."""
    ner = nlp.get_pipe("ner")
    if isinstance(ner, CrossViewNER):
        ner.view = VIEWS[view]  # type: ignore[assignment]
    read = nlp.pipe([doc.copy() for doc in docs])
    return [
        {(e.start_char, e.end_char, e.label_): e._.get(CONFIDENCE) for e in doc.ents}
        for doc in read
    ]


def within(found: Sequence[Found], docs: Sequence[Doc]) -> list[Found]:
    """Keep the entities that end within their document's text."""
    return [
        {entity: p for entity, p in entities.items() if entity[1] <= len(doc.text)}
        for entities, doc in zip(found, docs, strict=True)
    ]


def with_confidences(entities: Found) -> list[tuple[Any, ...]]:
    """List the entities in the text's order, each with its confidence if it has one."""
    return sorted((*e, round(p, DIGITS)) if p is not None else e for e, p in entities.items())


def calibration(gold: Sequence[Doc], found: Sequence[Found]) -> dict[str, float]:
    """Compute calibration error and Brier score; empty if no entity was found."""
    outcomes = [
        (confidence, entity in reference)
        for doc, entities in zip(gold, found, strict=True)
        for reference in [offsets(doc.ents)]
        for entity, confidence in entities.items()
    ]
    if not outcomes:
        return {}
    confidences, correct = zip(*outcomes, strict=True)
    return {
        "ece": expected_calibration_error(confidences, correct),
        "brier": brier_score(confidences, correct),
        "aurc": risk_coverage_area(confidences, correct),
    }


def offsets(spans: Iterable[Span]) -> set[Offsets]:
    return {(span.start_char, span.end_char, span.label_) for span in spans}


def scores(gold: Sequence[Doc], found: Sequence[set[Offsets]]) -> dict[str, Any]:
    """Compute p, r and f of all entities and of each type.

    If `doc.spans` holds names by kind, also f of the entities that overlap the names of each kind.
    """
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
