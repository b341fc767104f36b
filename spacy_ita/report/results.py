"""The file of results: a line a run and view; of a run that was repeated, the latest counts, and of
a data set and encoder the runs by the latest config."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""approach, data, encoder, seed, split, view; p, r, f in 0 to 1, per_type of the same, kinds of f;
settings, recipe, config_hash, predictions, versions, epochs, seconds, and where measured distance.
ece, brier and aurc (the area under the risk–coverage curve) of the confidences as trained, where
there are confidences; ece_calibrated and
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
