"""Summary of results over seeds: a row for each approach and view, compared with a baseline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np

from .predictions import read_counts
from .results import Line, latest, settings_key
from .significance import Counts, Difference, paired_bootstrap

BASELINE = ("T-only", "T")


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation over seeds; the latter is None for a single value."""

    mean: float
    sd: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Compute the spread of at least one value."""
        return cls(mean(values), stdev(values) if len(values) > 1 else None)

    def in_percent(self) -> str:
        """Format as `85.18 ± 0.42`, or as `85.18` for a single value."""
        shown = f"{100 * self.mean:.2f}"
        return shown if self.sd is None else f"{shown} ± {100 * self.sd:.2f}"

    def in_thousandths(self) -> str:
        """Format as `0.143 ± 0.012`, or as `0.143` for a single value."""
        shown = f"{self.mean:.3f}"
        return shown if self.sd is None else f"{shown} ± {self.sd:.3f}"


@dataclass(frozen=True)
class Row:
    """The runs of an approach in a view. Scores are from 0 to 1.

    Attributes:
        approach: Name of the approach.
        view: Name of the view.
        lines: The lines of the runs, ordered by seed.
        baseline: The row to compare with; None for the baseline itself.
        difference: Difference to the baseline over shared seeds; None if counts were not stored.
        short_names: From the names of settings to those to show.
    """

    approach: str
    view: str
    lines: list[Line]
    baseline: "Row | None" = None
    difference: Difference | None = None
    short_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the approach, with the settings of its runs."""
        return ", ".join(filter(None, [self.approach, self.settings]))

    @property
    def settings(self) -> str:
        """Settings of the runs as text; "" for none."""
        settings = self.lines[0]["settings"].items()
        return ", ".join(f"{self.short_names.get(name, name)}={value}" for name, value in settings)

    def spread(self, score: str) -> Spread:
        """Return the spread of a score over the lines that have it."""
        return Spread.of([line[score] for line in self.lines if score in line])

    def has(self, score: str) -> bool:
        """Return whether any line has a score."""
        return any(score in line for line in self.lines)

    def spread_of_type(self, label: str, score: str) -> Spread:
        """Return the spread of "p", "r" or "f" of a type of entity."""
        none = {score: 0.0}
        return Spread.of([line["per_type"].get(label, none)[score] for line in self.lines])

    def difference_of_type(self, label: str) -> float | None:
        """Return F1 of a type minus the baseline's, over shared seeds; None if there are none."""
        pair = of_shared_seeds([self, self.baseline]) if self.baseline else []
        if not pair:
            return None
        own, other = (row.spread_of_type(label, "f").mean for row in pair)
        return own - other

    def kind_in_percent(self, kind: str) -> str:
        """Format F1 of a kind of name, as `85.18 ± 0.42`; "" if no line has it."""
        found = [line["kinds"][kind] for line in self.lines if kind in line["kinds"]]
        return Spread.of(found).in_percent() if found else ""


def of_shared_seeds(rows: Sequence[Row]) -> list[Row]:
    """Restrict rows to the seeds that all of them have; [] if they share none."""
    seeds = set.intersection(*({line["seed"] for line in row.lines} for row in rows))
    if not seeds:
        return []
    return [replace(r, lines=[line for line in r.lines if line["seed"] in seeds]) for r in rows]


@dataclass(frozen=True)
class Table:
    """The rows of a data set and an encoder, with the baseline first."""

    data: str
    encoder: str
    split: str
    rows: list[Row]

    @property
    def labels(self) -> list[str]:
        """The types of entities."""
        return sorted({label for row in self.rows for label in row.lines[0]["per_type"]})

    @property
    def kinds(self) -> list[str]:
        """The kinds of names that the data set distinguishes."""
        return list(dict.fromkeys(kind for row in self.rows for kind in row.lines[0]["kinds"]))

    def row(self, approach: str, view: str) -> Row | None:
        """Return the row of a name and view; None if there is none."""
        found = (r for r in self.rows if (r.name, r.view) == (approach, view))
        return next(found, None)

    @property
    def baseline(self) -> Row | None:
        """The row of the text alone."""
        return self.row(*BASELINE)


def summarise(
    lines: Iterable[Line], path: Path, baseline: tuple[str, str] = BASELINE
) -> list[Table]:
    """Make a table for each data set and encoder, with differences to a baseline.

    Args:
        lines: The results.
        path: File of the results, beside which the predictions lie.
        baseline: Approach and view of the baseline, whose row comes first.
    """
    return [replace(t, rows=_compared(t.rows, path, baseline)) for t in without_differences(lines)]


def without_differences(lines: Iterable[Line]) -> list[Table]:
    """Group lines into a table for each data set and encoder, without the bootstrap."""
    tables: dict[tuple[str, str, str], dict[tuple[str, str, str], list[Line]]] = defaultdict(dict)
    for line in sorted(latest(lines), key=lambda line: line["seed"]):
        table = tables[line["data"], line["encoder"], line["split"]]
        key = (line["approach"], line["view"], settings_key(line))
        table.setdefault(key, []).append(line)
    found = []
    for about, rows in sorted(tables.items()):
        names = short_names(name for lines in rows.values() for name in lines[0]["settings"])
        found.append(
            Table(*about, [Row(*key[:2], of, short_names=names) for key, of in rows.items()])
        )
    return found


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Shorten dotted names to their shortest ends that are unambiguous."""
    names = set(names)
    found = {}
    for name in names:
        parts = name.split(".")
        ends = [".".join(parts[place:]) for place in reversed(range(len(parts)))]
        others = [f".{other}" for other in names - {name}]
        unique = (end for end in ends if not any(o.endswith(f".{end}") for o in others))
        found[name] = next(unique, name)
    return found


def _compared(rows: list[Row], path: Path, baseline: tuple[str, str]) -> list[Row]:
    """Compare rows with the baseline of the same settings, or without settings."""
    settings = {id(row): settings_key(row.lines[0]) for row in rows}
    baselines = {settings[id(row)]: row for row in rows if (row.approach, row.view) == baseline}
    compared = []
    for row in rows:
        other = baselines.get(settings[id(row)], baselines.get("{}"))
        if other is None or other is row:
            compared.append(row)
        else:
            difference = _difference(other, row, path)
            compared.append(replace(row, baseline=other, difference=difference))
    return sorted(compared, key=lambda row: (row.approach, row.view) != baseline)


def _difference(baseline: Row, row: Row, path: Path) -> Difference | None:
    first, second = seed_counts(baseline, path), seed_counts(row, path)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    one, other = (np.stack([counts[seed] for seed in shared]) for counts in (first, second))
    return paired_bootstrap(one, other)


def seed_counts(row: Row, path: Path) -> dict[int, Counts]:
    """Return the counts of each seed for which they were stored."""
    found = {line["seed"]: read_counts(path, line) for line in row.lines}
    return {seed: counts for seed, counts in found.items() if counts is not None}
