"""The file of results, with a line for each run and view.

Of a repeated run, the last line counts; of a data set and encoder, the runs with the latest config.
"""

import json
from collections.abc import Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""The result of a run in a view:

- approach, data, encoder, seed, split and view;
- p, r and f, from 0 to 1; per_type with the same for each type, and kinds with f for each kind;
- settings, recipe, config_hash, predictions, versions, epochs and seconds;
- distance, if it was measured;
- ece, brier and aurc (the area under the risk–coverage curve) of the confidences as trained, if
  there are any; ece_calibrated and brier_calibrated after recalibration on a development split.

The recipe is a hash of the config that approach and settings change. Runs with different recipes
are not compared.
"""

KEY = ("approach", "data", "encoder", "seed", "split", "view")
NEEDED: dict[str, type] = {
    **dict.fromkeys((*KEY, "recipe", "predictions"), str),
    "seed": int,
    **dict.fromkeys(("p", "r", "f"), Real),
    **dict.fromkeys(("per_type", "kinds", "settings"), dict),
}
"""The fields that each line needs, with their types; others are for the record."""


def append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Append the lines of a run, at once, so that other processes can't split them."""
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
    """Return the last line of each run, view and set of settings, with the latest recipe."""
    lines = list(lines)
    recipes = {(line["data"], line["encoder"]): line["recipe"] for line in lines}
    lines = [x for x in lines if x["recipe"] == recipes[x["data"], x["encoder"]]]
    found = {(*(line[name] for name in KEY), settings_key(line)): line for line in lines}
    return list(found.values())


def settings_key(line: Line) -> str:
    """Return a key of a line's settings that doesn't depend on their order."""
    return json.dumps(line["settings"], sort_keys=True)
