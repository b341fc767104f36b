"""The file of results: a line a run and view; of a run that was repeated, the latest counts."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import srsly

Line = dict[str, Any]
"""approach, data, encoder, seed, split, view; p, r, f in 0 to 1, per_type of the same, kinds of f;
settings, config_hash, predictions, versions, epochs, seconds, and where measured distance."""

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
    """The last line of each run and view, of each set of settings."""
    found = {(*(line[name] for name in KEY), str(line["settings"])): line for line in lines}
    return list(found.values())


def read_predictions(path: Path, line: Line) -> list[dict[str, Any]] | None:
    """What the run of a line found, a dict a document: the entities as (start, end, label) of
    characters, under "gold" and under the name of each view. None where they weren't kept.

    path: of the results.
    """
    file = path.parent / "predictions" / line["predictions"]
    if not file.exists():
        return None
    return [
        {name: [tuple(entity) for entity in entities] for name, entities in document.items()}
        for document in srsly.read_jsonl(file)
    ]
