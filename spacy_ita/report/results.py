"""The file of results: a line a run and view; of a run that was repeated, the latest counts, and of
a data set and encoder the runs by the latest config."""

import json
from collections.abc import Iterable, Mapping
from numbers import Real
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

KEY = ("approach", "data", "encoder", "seed", "split", "view")
NEEDED: dict[str, type] = {
    **dict.fromkeys((*KEY, "recipe", "predictions"), str),
    "seed": int,
    **dict.fromkeys(("p", "r", "f"), Real),
    **dict.fromkeys(("per_type", "kinds", "settings"), dict),
}
"""What each line has, with its type; the others are for the record."""


def append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Add the lines of a run. In one write, which other processes' writes can't cut in two."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        file.write("".join(f"{json.dumps(line)}\n" for line in lines).encode())


def read(path: Path) -> list[Line]:
    """Read all lines, the oldest first; none if there is no file.

    Raises:
        ValueError: For a line that holds no result, with its number.
    """
    lines: list[Line] = []
    for number, text in enumerate(path.read_bytes().split(b"\n") if path.exists() else (), 1):
        if not text.strip():
            continue
        try:
            # not srsly, which reads 0.3 as 0.30000000000000004
            line = json.loads(text)
            missing = NEEDED.keys() - line if isinstance(line, dict) else NEEDED.keys()
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        if missing:
            raise ValueError(
                f"{path}:{number}: not a result of an experiment: it lacks "
                f"{', '.join(sorted(missing))}"
            )
        if wrong := [name for name, kind in NEEDED.items() if not isinstance(line[name], kind)]:
            raise ValueError(f"{path}:{number}: {wrong[0]!r} can't be {line[wrong[0]]!r:.60}")
        lines.append(line)
    return lines


def latest(lines: Iterable[Line]) -> list[Line]:
    """The last line of each run and view, of each set of settings, by the latest recipe."""
    lines = list(lines)
    recipes = {(line["data"], line["encoder"]): line["recipe"] for line in lines}
    lines = [x for x in lines if x["recipe"] == recipes[x["data"], x["encoder"]]]
    found = {(*(line[name] for name in KEY), settings_key(line)): line for line in lines}
    return list(found.values())


def settings_key(line: Line) -> str:
    """Return a key that lines with the same settings share, whatever the order of these."""
    return json.dumps(line["settings"], sort_keys=True)
