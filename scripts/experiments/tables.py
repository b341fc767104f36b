"""Print the results as tables in Markdown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from spacy_ita.report.results import read
from spacy_ita.report.significance import chance, holm
from spacy_ita.report.summary import Row, Table, summarise, without_differences

from .comparison import comparison, read_costs

ABOUT = """\
[findings.md](findings.md) says what these tables show. [experiments.md](experiments.md#the-rows)
says what each row is, and [how it was measured](experiments.md#how-it-is-measured).
`scripts/experiments/tables.py` writes this page from `experiments/results.jsonl`.

- **P, R, F1**: in percent, mean ± standard deviation over the seeds. One seed is seed 0.
- **Δ**: the difference in F1 to {against}, over the seeds that both have, with its 95 % interval.
- **p**: from a paired bootstrap over the documents, as is the interval. **p′** draws the seeds too;
  Holm's correction counts all rows of a table.
- **ECE, Brier**: calibration error in ten bins, and Brier score, of the entities' confidences as
  trained; "fitted" after `spacy ita calibrate` on the development split.
- **AURC**: the area under the risk–coverage curve of the confidences; lower is better.
- **ambiguous, lettering, plain**: F1 of the [kinds of names](findings.md#on-the-demos-tweets) in
  the demo's tweets."""


CALIBRATION = {
    "ece": "ECE",
    "ece_calibrated": "ECE fitted",
    "brier": "Brier",
    "brier_calibrated": "Brier fitted",
    "aurc": "AURC",
}
"""The columns of confidences: as trained, and recalibrated on the development split."""

README_ROWS = (
    "T-only",
    "ITA-LA",
    "ITA-GA",
    "ITA-OCA",
    "ITA-All",
    "ITA-All + CVA",
    "ITA-Joint",
    "ITA-Random",
    "spaCy ner",
)


def main(
    path: Annotated[Path, typer.Argument(help="The results")] = Path("experiments/results.jsonl"),
    against: Annotated[
        str, typer.Option(help="Approach and view that the others are compared with")
    ] = "T-only,T",
    readme: Annotated[bool, typer.Option("--readme", help="The README's table alone")] = False,
    rivals: Annotated[
        bool, typer.Option("--rivals", help="The table of docs/rivals.md alone")
    ] = False,
) -> None:
    """Print a table per data set and encoder: percent, mean ± standard deviation over seeds."""
    if readme or rivals:
        tables = without_differences(read(path))
        print(overview(tables) if readme else with_rivals(tables, path.with_name("costs.json")))
        return
    approach, _, view = against.rpartition(",")
    tables = summarise(read(path), path, (approach, view))
    if not any((row.approach, row.view) == (approach, view) for t in tables for row in t.rows):
        raise typer.BadParameter(f"no results of {against!r}: give APPROACH,VIEW")
    print(f"# Results\n\n{ABOUT.format(against=f'{approach} ({view})')}")
    for table in tables:
        print(f"\n## {table.data}, {table.split}, {table.encoder}\n\n{markdown(table)}")


def with_rivals(tables: Sequence[Table], costs: Path) -> str:
    """Format the demo's rows of ITA and of the systems that the paper compares with.

    Args:
        tables: The results.
        costs: File of the systems' costs.
    """
    header, *rows = comparison(of_demo(tables), read_costs(costs))
    return joined([header, ["---"] * len(header), *rows])


def of_demo(tables: Sequence[Table]) -> Table:
    """Return the demo's table over MiniLM."""
    return next(t for t in tables if (t.data, t.encoder) == ("demo", "minilm"))


def overview(tables: Sequence[Table]) -> str:
    """Format the README's table: F1 of the demo's rows, both views of an approach in one row."""
    table = of_demo(tables)
    views = ("T", "I+T")
    header = ["approach", *views, *table.kinds]
    lines = [header, ["---"] * len(header)]
    for approach in README_ROWS:
        rows = [table.row(approach, view) for view in views]
        if rows == [None] * len(views):
            continue
        last = [row for row in rows if row][-1]
        lines.append(
            [
                approach,
                *(row.spread("f").in_percent() if row else "" for row in rows),
                *(last.kind_in_percent(kind) for kind in table.kinds),
            ]
        )
    return joined(lines)


def markdown(table: Table) -> str:
    """Format a table: each row with its difference to the first, p over documents, and p′ over
    documents and seeds."""
    known = [name for name in CALIBRATION if any(row.has(name) for row in table.rows)]
    header = ["approach", "view", "seeds", "P", "R", "F1", "Δ", "95 %", "p", "p′", "p′ (Holm)"]
    header += [*(CALIBRATION[name] for name in known), *table.kinds]
    corrected = iter(holm([p for row in table.rows if (p := p_over_seeds(row)) is not None]))
    rows = [
        cells(row, None if p_over_seeds(row) is None else next(corrected), known, table.kinds)
        for row in table.rows
    ]
    return joined([header, ["---"] * len(header), *rows])


def joined(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(
    row: Row, corrected: float | None, known: Sequence[str], kinds: Sequence[str]
) -> list[str]:
    change = [""] * 4
    if found := row.difference:
        interval = f"{100 * found.low:+.2f} to {100 * found.high:+.2f}"
        change = [f"{100 * found.value:+.2f}", interval, chance(found.p), chance(found.p_seeds)]
    scores = [row.spread(score).in_percent() for score in ("p", "r", "f")]
    of_confidences = [row.spread(s).in_thousandths() if row.has(s) else "" for s in known]
    of_kinds = [row.kind_in_percent(kind) for kind in kinds]
    about = [row.name, row.view, str(len(row.lines)), *scores, *change, chance(corrected)]
    return [*about, *of_confidences, *of_kinds]


def p_over_seeds(row: Row) -> float | None:
    """Return p′ of a row; None for the baseline and for a single seed."""
    return row.difference.p_seeds if row.difference else None


if __name__ == "__main__":
    typer.run(main)
