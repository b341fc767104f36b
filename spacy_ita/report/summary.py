"""Results summed up: a row an approach and view, over the seeds, against a baseline."""

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
    """mean, and sd over the seeds: the sample's standard deviation, None of a single value."""

    mean: float
    sd: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least one value."""
        return cls(mean(values), stdev(values) if len(values) > 1 else None)

    def in_percent(self) -> str:
        """As `85.18 ± 0.42`; of a single value as `85.18`."""
        shown = f"{100 * self.mean:.2f}"
        return shown if self.sd is None else f"{shown} ± {100 * self.sd:.2f}"

    def in_thousandths(self) -> str:
        """As `0.143 ± 0.012`; of a single value as `0.143`."""
        shown = f"{self.mean:.3f}"
        return shown if self.sd is None else f"{shown} ± {self.sd:.3f}"


@dataclass(frozen=True)
class Row:
    """What the runs of an approach show in a view. The scores are 0 to 1.

    lines: one a seed, in their order. baseline: the row that it is compared with, None of the
        baseline itself. difference: to the baseline, over the seeds that both have; None where
        their counts weren't kept. short_names: from the names of settings to those shown.
    """

    approach: str
    view: str
    lines: list[Line]
    baseline: "Row | None" = None
    difference: Difference | None = None
    short_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The approach, and the settings of the runs if they had any of their own."""
        return ", ".join(filter(None, [self.approach, self.settings]))

    @property
    def settings(self) -> str:
        """The settings that the runs had of their own; "" for none."""
        settings = self.lines[0]["settings"].items()
        return ", ".join(f"{self.short_names.get(name, name)}={value}" for name, value in settings)

    def spread(self, score: str) -> Spread:
        """Of a score that each line has, or one of those that only some have, as "distance" and
        "ece", over the seeds that have it."""
        return Spread.of([line[score] for line in self.lines if score in line])

    def has(self, score: str) -> bool:
        """Whether it was measured with any seed."""
        return any(score in line for line in self.lines)

    def spread_of_type(self, label: str, score: str) -> Spread:
        """Of "p", "r" or "f" of a type of entity."""
        none = {score: 0.0}
        return Spread.of([line["per_type"].get(label, none)[score] for line in self.lines])

    def difference_of_type(self, label: str) -> float | None:
        """F1 of a type of entity less the baseline's, over the seeds that both have; None where
        there are none.
        """
        pair = of_shared_seeds([self, self.baseline]) if self.baseline else []
        if not pair:
            return None
        own, other = (row.spread_of_type(label, "f").mean for row in pair)
        return own - other

    def spread_of_kind(self, kind: str) -> Spread:
        """F1 of a kind of name."""
        return Spread.of([line["kinds"][kind] for line in self.lines])


def of_shared_seeds(rows: Sequence[Row]) -> list[Row]:
    """The rows with the lines of those seeds alone that all of them have; none where there are
    none."""
    seeds = set.intersection(*({line["seed"] for line in row.lines} for row in rows))
    if not seeds:
        return []
    return [replace(r, lines=[line for line in r.lines if line["seed"] in seeds]) for r in rows]


@dataclass(frozen=True)
class Table:
    """The rows of a data set and an encoder, the baseline first."""

    data: str
    encoder: str
    split: str
    rows: list[Row]

    @property
    def labels(self) -> list[str]:
        """The types of entity."""
        return sorted({label for row in self.rows for label in row.lines[0]["per_type"]})

    @property
    def kinds(self) -> list[str]:
        """The kinds of name that the data set tells apart."""
        return list(self.rows[0].lines[0]["kinds"])

    def row(self, approach: str, view: str) -> Row | None:
        """The row of an approach with its own settings; None if it has no results."""
        found = (r for r in self.rows if (r.name, r.view) == (approach, view))
        return next(found, None)

    @property
    def baseline(self) -> Row | None:
        """The text alone."""
        return self.row(*BASELINE)


def summarise(
    lines: Iterable[Line], path: Path, baseline: tuple[str, str] = BASELINE
) -> list[Table]:
    """A table a data set and encoder. path: of the results, beside which counts lie. baseline:
    approach and view that the others' differences are to, whose row comes first.
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
    """Shorten dotted names to as few of their last parts as no other name ends in."""
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
    """The rows with their difference to the baseline: of the same settings, if there is one."""
    settings = {id(row): settings_key(row.lines[0]) for row in rows}
    baselines = {settings[id(row)]: row for row in rows if (row.approach, row.view) == baseline}
    compared = []
    for row in rows:
        other = baselines.get(settings[id(row)], baselines.get("{}"))
        if other is not None and other is not row:
            row = replace(row, baseline=other, difference=_difference(other, row, path))
        compared.append(row)
    return sorted(compared, key=lambda row: (row.approach, row.view) != baseline)


def _difference(baseline: Row, row: Row, path: Path) -> Difference | None:
    first, second = seed_counts(baseline, path), seed_counts(row, path)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    one, other = (np.stack([counts[seed] for seed in shared]) for counts in (first, second))
    return paired_bootstrap(one, other)


def seed_counts(row: Row, path: Path) -> dict[int, Counts]:
    """The counts of each seed whose counts were kept."""
    found = {line["seed"]: read_counts(path, line) for line in row.lines}
    return {seed: counts for seed, counts in found.items() if counts is not None}
