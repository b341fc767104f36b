"""ITA beside the systems of the paper's Table 2: published scores, the demo's, and costs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from spacy_ita.recipes.rivals import RIVALS
from spacy_ita.report.summary import Table

TEXT_ONLY, ITA = "T-only", "ITA-All"
MEASURED = [ITA, *RIVALS, "RpBERT (no Rp)"]
"""The rows whose costs are measured."""
KINDS = ("ambiguous", "lettering")
"""The demo's names that need the picture, by what of it tells their type."""

SCORES = {
    TEXT_ONLY: ("74.79 / 85.18", ""),
    "ITA-GA": ("75.17 / 85.75", ""),
    "OCSGA": ("72.92 / – (u)", "none found"),
    "RIVA": ("73.80 / – (u)", "none found"),
    "RpBERT": ("74.40 / – (u)", "67.21 / – (u), 66.1 / – (a)"),
    "UMT": ("73.41 / 85.31 (u)", "73.20 / 85.09 (b), less (c)"),
    "UMGF": ("74.85 / 85.51 (u)", "– / 85.27 (u), less (d)"),
}
"""F1 on Twitter-15 / Twitter-17: as published, and as others got it. The page has the notes."""


class Cost(TypedDict):
    """What a system costs, its times as ratios to those of ITA-All."""

    parameters: int
    update: float
    reading: float


Costs = dict[str, Cost]


def read_costs(path: Path) -> Costs:
    """Read what `scripts.experiments.costs` wrote; {} without a file."""
    found: Costs = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    return found


def comparison(demo: Table, costs: Costs) -> Iterator[list[str]]:
    """Yield the header of the comparison, and then its rows.

    Args:
        demo: The results on the demo.
        costs: Costs of the systems, by name.
    """
    measured = ["seeds", "F1", *KINDS]
    yield ["system", "published", "others got", *measured, "parameters", "update", "reading"]
    for name in (TEXT_ONLY, "ITA-LA", "ITA-GA", *MEASURED):
        row = demo.row(name, "T" if name == TEXT_ONLY else "I+T")
        cells = ["none yet", *[""] * (len(measured) - 1)]
        if row:
            kinds = (row.kind_in_percent(kind) for kind in KINDS)
            cells = [str(len(row.lines)), row.spread("f").in_percent(), *kinds]
        if cost := costs.get(name):
            size = f"{cost['parameters'] / 1e6:.1f} M"
            of_name = [size, f"{cost['update']:.2f} ×", f"{cost['reading']:.2f} ×"]
        else:
            of_name = ["", "", ""]
        yield [name, *SCORES.get(name, ("", "")), *cells, *of_name]
