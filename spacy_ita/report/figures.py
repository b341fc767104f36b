"""The figures, by matplotlib (the extra `report`)."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..extras import optional
from ..ner.scores.calibration import reliability_bins
from .predictions import read_confidences
from .summary import Row, Spread, Table, of_shared_seeds

COLOURS = {"T": "#8a97a6", "I+T": "#1f6fb2", "without CVA": "#8a97a6", "with CVA": "#d1722b"}
BARS = "Means over the seeds that all have, with the standard deviation if they are several."
POINT = 900
"""The area of a point that stands for all entities."""
STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e7eb",
    "axes.axisbelow": True,
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Figure:
    """name: of its files; caption: what it shows; drawing: of matplotlib."""

    name: str
    caption: str
    drawing: Any

    def save(self, folder: Path) -> Path:
        """Write NAME.png and NAME.svg; returns the path of the second."""
        self.drawing.savefig(folder / f"{self.name}.png", dpi=200)
        self.drawing.savefig(folder / f"{self.name}.svg")
        return folder / f"{self.name}.svg"


def figures(table: Table, path: Path) -> Iterator[Figure]:
    """The figures that a table has the rows for. path: of the results.

    Raises BackendError without matplotlib, naming the extra.
    """
    rc_context = optional("matplotlib", extra="report").rc_context
    about = f"{table.data}-{table.encoder}"
    drawings = (
        ("differences", draw_differences, "F1 less that of the text alone, with 95 % intervals."),
        (
            "captions",
            draw_captions,
            "F1 against the number of captions that the tagger reads. " + BARS,
        ),
        (
            "distances",
            draw_distances,
            "Mean L2 distance between the words' vectors with and without the picture. " + BARS,
        ),
        (
            "reliability",
            partial(draw_reliability, path=path),
            "How often entities are right, by their confidence as trained, over all seeds: below "
            "the line they are overconfident. The area is the share of the entities.",
        ),
    )
    for name, draw, caption in drawings:
        with rc_context(STYLE):
            drawing = draw(table)
        if drawing is not None:
            yield Figure(f"{about}-{name}", caption, drawing)


def draw_differences(table: Table) -> Any:
    """A point and its interval a row; None where no row has a difference."""
    rows = [row for row in reversed(table.rows) if row.difference]
    if not rows:
        return None
    drawing, axes = _axes(width=6.5, height=0.8 + 0.26 * len(rows))
    for number, row in enumerate(rows):
        found = row.difference
        assert found is not None
        value, low, high = (100 * score for score in (found.value, found.low, found.high))
        colour = COLOURS[row.view]
        axes.plot([low, high], [number, number], color=colour, linewidth=2, alpha=0.5)
        axes.plot(value, number, "o", color=colour, markersize=5)
    for view in sorted({row.view for row in rows}):
        axes.plot([], [], "o", color=COLOURS[view], label=view)
    axes.axvline(0, color="#444", linewidth=0.8)
    axes.set_yticks(range(len(rows)), [f"{row.name} ({row.view})" for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel("Δ F1 in points")
    drawing.legend(frameon=False, loc="outside upper center", ncols=2)
    return drawing


def draw_captions(table: Table) -> Any:
    """F1 against the number of captions; None where there are not several numbers."""
    numbered = {
        match[1]: row
        for row in table.rows
        if (match := re.fullmatch(r"ITA-GA \((\d) captions?\)", row.name))
    }
    candidates = {
        "0": table.baseline,
        **dict(sorted(numbered.items())),
        "all": table.row("ITA-GA", "I+T"),
    }
    rows = {label: row for label, row in candidates.items() if row is not None}
    if not numbered or len(rows) < 3:
        return None
    shown = of_shared_seeds(list(rows.values()))
    if not shown:
        return None
    drawing, axes = _axes(width=4, height=2.8)
    means, errors = _bars([row.spread("f") for row in shown], scale=100)
    axes.errorbar(list(rows), means, yerr=errors, marker="o", capsize=3, color=COLOURS["I+T"])
    axes.set_xlabel("captions")
    axes.set_ylabel("F1 in %")
    return drawing


def draw_distances(table: Table) -> Any:
    """A pair of bars an approach, without and with CVA; None where nothing was measured."""
    measured: dict[str, Row] = {}
    for row in table.rows:
        lines = [line for line in row.lines if "distance" in line]
        if lines:
            measured[row.name] = replace(row, lines=lines)
    pairs = {
        name: pair
        for name, row in measured.items()
        if (other := measured.get(f"{name} + CVA")) and (pair := of_shared_seeds([row, other]))
    }
    if not pairs:
        return None
    drawing, axes = _axes(width=1.5 + 0.9 * len(pairs), height=2.8)
    for shift, kind, rows in zip(
        (-0.19, 0.19), ("without CVA", "with CVA"), zip(*pairs.values(), strict=True), strict=True
    ):
        means, errors = _bars([row.spread("distance") for row in rows])
        axes.bar(
            [number + shift for number in range(len(pairs))],
            means,
            yerr=errors,
            width=0.36,
            capsize=3,
            color=COLOURS[kind],
            label=kind,
        )
    axes.set_xticks(range(len(pairs)), list(pairs))
    axes.set_ylabel("mean L2 distance")
    drawing.legend(frameon=False, loc="outside upper center", ncols=2)
    return drawing


def draw_reliability(table: Table, path: Path) -> Any:
    """Draw how often entities are right against their confidence: a panel a view.

    Args:
        table: The table of a data set and an encoder.
        path: File of the results, beside which the predictions lie.

    Returns:
        None unless the predictions of a row with CVA have confidences.
    """
    rows_with_cva = [r for r in table.rows if r.name.endswith(" + CVA") and r.view == "I+T"]
    best = max(rows_with_cva, key=lambda row: row.spread("f").mean, default=None)
    if best is None or not _outcomes(best, path)[0]:
        return None
    without = {"T": table.baseline, "I+T": table.row(best.name.removesuffix(" + CVA"), "I+T")}
    drawing, panels = _axes(width=6.5, height=3.3, columns=len(without))
    for axes, (view, baseline) in zip(panels, without.items(), strict=True):
        axes.plot([0, 1], [0, 1], color="#444", linewidth=0.8)
        for kind, row in {"without CVA": baseline, "with CVA": table.row(best.name, view)}.items():
            found = reliability_bins(*_outcomes(row, path)) if row else []
            total = sum(group.count for group in found)
            axes.scatter(
                [group.confidence for group in found],
                [group.accuracy for group in found],
                s=[POINT * group.count / total for group in found],
                color=COLOURS[kind],
                alpha=0.75,
                label=kind if view == "T" else None,
            )
        axes.set(title=view, xlim=(0, 1.03), ylim=(0, 1.03), xlabel="confidence")
    panels[0].set_ylabel("share that is right")
    drawing.legend(frameon=False, loc="outside upper center", ncols=2)
    return drawing


def _outcomes(row: Row, path: Path) -> tuple[list[float], list[bool]]:
    """The confidences of a row's entities, of all seeds, and whether each is right."""
    found = [outcomes for line in row.lines if (outcomes := read_confidences(path, line))]
    confidences = [confidence for of_seed, _ in found for confidence in of_seed]
    return confidences, [right for _, of_seed in found for right in of_seed]


def _bars(spreads: Sequence[Spread], scale: float = 1.0) -> tuple[list[float], list[float]]:
    """Means and their error bars; NaN, which shows none, for a single value."""
    means = [scale * spread.mean for spread in spreads]
    return means, [math.nan if spread.sd is None else scale * spread.sd for spread in spreads]


def _axes(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    # not pyplot, which holds on to every figure and wants a screen
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots(ncols=columns)
