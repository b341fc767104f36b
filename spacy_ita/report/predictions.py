"""Predictions of all runs in one gzipped JSONL file beside the results, with a line for each.

A line has the run's name and, for each view, the counts of each document and the confidences.
It holds the entities only if the data may be redistributed.
"""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .results import Line
from .significance import Counts, entity_counts

FILE = "predictions.jsonl.gz"

Entity = tuple[Any, ...]
"""Start and end (exclusive) in characters, and the label."""


def append_predictions(
    path: Path, name: str, documents: Sequence[Mapping[str, Any]], entities: bool
) -> None:
    """Append the predictions of a run.

    They are one member of the gzip file, written at once, so that other processes can't split it.

    Args:
        path: File of the results.
        name: Name of the run, which its lines of results hold under "predictions".
        documents: At least one document: a dict from "gold" and each view to entities. Those of a
            view may have a confidence after their label.
        entities: Whether to store the entities.
    """
    gold = [_bare(document["gold"]) for document in documents]
    views = [name for name in documents[0] if name != "gold"]
    found = {view: [document[view] for document in documents] for view in views}
    run: dict[str, Any] = {
        "name": name,
        "counts": {
            view: entity_counts(gold, [_bare(of_document) for of_document in of_view]).tolist()
            for view, of_view in found.items()
        },
        "confidences": {view: _confidences(gold, of_view) for view, of_view in found.items()},
    }
    if entities:
        run["documents"] = documents
    line = json.dumps(run, separators=(",", ":")) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / FILE).open("ab", buffering=0) as file:
        file.write(gzip.compress(line.encode(), mtime=0))


def read_counts(path: Path, line: Line) -> Counts | None:
    """Return the counts of each document for the run and view of a line; None if not stored.

    Args:
        path: File of the results.
        line: A run and view.
    """
    run = _run(path, line)
    return np.array(run["counts"][line["view"]]) if run else None


def read_confidences(path: Path, line: Line) -> tuple[list[float], list[bool]] | None:
    """Return the confidence of each entity for a run and view, and whether the entity is right.

    Args:
        path: File of the results.
        line: A run and view.

    Returns:
        None if the predictions were not stored, or have no confidences.
    """
    run = _run(path, line)
    pairs = run["confidences"].get(line["view"]) if run else None
    if not pairs:
        return None
    confidences, correct = zip(*pairs, strict=True)
    return list(confidences), [bool(right) for right in correct]


def read_predictions(path: Path, line: Line) -> list[dict[str, Any]] | None:
    """Return the entities that the run of a line predicted.

    Args:
        path: File of the results.
        line: A line of the run.

    Returns:
        A dict for each document: entities as (start, end, label), in characters, under "gold" and
        the name of each view. None if they were not stored.
    """
    run = _run(path, line)
    if not run or not run.get("documents"):
        return None
    return [
        {name: _bare(entities) for name, entities in document.items()}
        for document in run["documents"]
    ]


def _run(path: Path, line: Line) -> dict[str, Any] | None:
    file = path.parent / FILE
    if not file.exists():
        return None
    state = file.stat()
    return _runs(file, state.st_mtime_ns, state.st_size).get(line["predictions"])


@lru_cache(maxsize=1)
def _runs(file: Path, modified: int, size: int) -> dict[str, dict[str, Any]]:
    """Load the runs of a file by name; the last of one name counts. Cached by the file's state."""
    with gzip.open(file, "rt", encoding="utf8") as lines:
        runs = map(json.loads, lines)
        return {run["name"]: run for run in runs}


def _confidences(
    gold: Sequence[Sequence[Entity]], found: Sequence[Iterable[Sequence[Any]]]
) -> list[tuple[float, int]]:
    return [
        (entity[3], int(tuple(entity[:3]) in of_document))
        for of_document, entities in zip(gold, found, strict=True)
        for entity in entities
        if len(entity) > 3
    ]


def _bare(entities: Iterable[Sequence[Any]]) -> list[Entity]:
    """Strip the confidences off entities."""
    return [tuple(entity[:3]) for entity in entities]
