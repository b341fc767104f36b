"""Figures of the report, drawn by matplotlib (the extra `report`)."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..corpora.files.atomic import replacing
from ..extras import optional
from ..ner.scores.calibration import reliability_bins
from .predictions import read_confidences
from .summary import Row, Spread, Table, of_shared_seeds

COLOURS = {"T": "#8a97a6", "I+T": "#1f6fb2", "without CVA": "#8a97a6", "with CVA": "#d1722b"}
BARS = "Means over the shared seeds, with the standard deviation if there are several."
POINT = 900
"""Area of a point that stands for all entities, in square points."""
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
    """A figure of the report.

    Attributes:
        name: Name of its files, without suffix.
        caption: Description of what it shows.
        drawing: The figure of matplotlib.
    """

    name: str
    caption: str
    drawing: Any

    def save(self, folder: Path) -> Path:
        """Write NAME.png and NAME.svg to a folder, and return the path of the second."""
        for suffix in ("png", "svg"):
            with replacing(folder / f"{self.name}.{suffix}") as part:
                self.drawing.savefig(part, format=suffix, dpi=200)
        return folder / f"{self.name}.svg"


def figures(table: Table, path: Path) -> Iterator[Figure]:
    """Draw the figures for which a table has rows.

    Args:
        table: The table of a data set and an encoder.
        path: File of the results, beside which the predictions lie.

    Raises:
        BackendError: If matplotlib is not installed; names the extra.
    """
    rc_context = optional("matplotlib", extra="report").rc_context
    about = f"{table.data}-{table.encoder}"
    drawings = (
        ("differences", draw_differences, "F1 minus that of the text alone, with 95 % intervals."),
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
            "Share of correct entities by their confidence as trained, over all seeds. Below the "
            "line, the model is overconfident. The area of a point is its share of the entities.",
        ),
    )
    for name, draw, caption in drawings:
        with rc_context(STYLE):
            drawing = draw(table)
        if drawing is not None:
            yield Figure(f"{about}-{name}", caption, drawing)


def draw_differences(table: Table) -> Any:
    """Draw each row's difference to the baseline with its interval; None if no row has one."""
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
    """Draw F1 against the number of captions; None if there are too few numbers."""
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
    """Draw the distance of each approach without and with CVA; None if none was measured."""
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
    """Draw the share of correct entities against their confidence, with a panel for each view.

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
    """Return the confidence of each entity of a row, over all seeds, and whether it is right."""
    found = [outcomes for line in row.lines if (outcomes := read_confidences(path, line))]
    confidences = [confidence for of_seed, _ in found for confidence in of_seed]
    return confidences, [right for _, of_seed in found for right in of_seed]


def _bars(spreads: Sequence[Spread], scale: float = 1.0) -> tuple[list[float], list[float]]:
    """Return means and their error bars, which are NaN, and so not drawn, for single values."""
    means = [scale * spread.mean for spread in spreads]
    return means, [math.nan if spread.sd is None else scale * spread.sd for spread in spreads]


def _axes(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    # not pyplot, which keeps every figure and needs a screen
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height), layout="constrained")
    return drawing, drawing.subplots(ncols=columns)
