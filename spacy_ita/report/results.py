"""The file of results: a line a run and view; of a run that was repeated, the latest counts, and of
a data set and encoder the runs by the latest config."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import srsly

from .significance import Counts, entity_counts

Line = dict[str, Any]
"""approach, data, encoder, seed, split, view; p, r, f in 0 to 1, per_type of the same, kinds of f;
settings, recipe, config_hash, predictions, versions, epochs, seconds, and where measured distance.
ece and brier of the confidences as trained, where there are confidences; ece_calibrated and
brier_calibrated of those recalibrated on a development split, where there is such a split.

recipe: of the config that approach and settings change: runs by another one are no rivals.
"""

KEY = ("approach", "data", "encoder", "seed", "view")


def append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add the lines of a run. In one write, which other processes' writes can't cut in two."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        file.write("".join(f"{json.dumps(line)}\n" for line in lines).encode())


def read(path: Path) -> list[Line]:
    """All lines, the oldest first; none where there is no file."""
    text = path.read_text(encoding="utf8") if path.exists() else ""
    # not srsly, which reads 0.3 as 0.30000000000000004
    return [json.loads(line) for line in text.splitlines()]


def latest(lines: Iterable[Line]) -> list[Line]:
    """The last line of each run and view, of each set of settings, by the latest recipe."""
    lines = list(lines)
    recipes = {(line["data"], line["encoder"]): line["recipe"] for line in lines}
    lines = [x for x in lines if x["recipe"] == recipes[x["data"], x["encoder"]]]
    found = {(*(line[name] for name in KEY), str(line["settings"])): line for line in lines}
    return list(found.values())


def write_predictions(path: Path, name: str, documents: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a run found, as `read_predictions` gives it, and how much of it is right: the
    counts, of which a bootstrap is made, say nothing of a text that can't be redistributed.

    path: of the results. name: of the run's file. documents: at least one; the entities of a view
        may have a confidence after their label.
    """
    found = {view: [_bare(document[view]) for document in documents] for view in documents[0]}
    gold = found.pop("gold")
    counts = {view: entity_counts(gold, of_view).tolist() for view, of_view in found.items()}
    for folder in ("predictions", "counts"):
        (path.parent / folder).mkdir(parents=True, exist_ok=True)
    srsly.write_jsonl(path.parent / "predictions" / name, documents)
    _counts_file(path, name).write_text(json.dumps(counts, separators=(",", ":")))


def read_counts(path: Path, line: Line) -> Counts | None:
    """The counts of each document of the run and view of a line; None where they weren't kept.

    path: of the results.
    """
    file = _counts_file(path, line["predictions"])
    return np.array(srsly.read_json(file)[line["view"]]) if file.exists() else None


def _counts_file(path: Path, name: str) -> Path:
    return path.parent / "counts" / Path(name).with_suffix(".json")


def read_predictions(path: Path, line: Line) -> list[dict[str, Any]] | None:
    """What the run of a line found, a dict a document: the entities as (start, end, label) of
    characters, under "gold" and under the name of each view. None where they weren't kept.

    path: of the results.
    """
    documents = _read_documents(path, line)
    if documents is None:
        return None
    return [{name: _bare(entities) for name, entities in found.items()} for found in documents]


def read_confidences(path: Path, line: Line) -> tuple[list[float], list[bool]] | None:
    """Return the confidence of each entity in a line's view, as trained, and whether it is right.

    Args:
        path: File of the results.
        line: A run and view.

    Returns:
        None if the predictions weren't kept, or have no confidences.
    """
    confidences, correct = [], []
    for document in _read_documents(path, line) or ():
        gold = set(_bare(document["gold"]))
        for *entity, confidence in (found for found in document[line["view"]] if len(found) > 3):
            confidences.append(confidence)
            correct.append(tuple(entity) in gold)
    return (confidences, correct) if confidences else None


def _read_documents(path: Path, line: Line) -> list[dict[str, Any]] | None:
    file = path.parent / "predictions" / line["predictions"]
    return list(srsly.read_jsonl(file)) if file.exists() else None


def _bare(entities: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The entities without their confidences."""
    return [tuple(entity[:3]) for entity in entities]
