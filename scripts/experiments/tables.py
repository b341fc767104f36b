"""Print the results as tables in Markdown."""

from pathlib import Path
from typing import Annotated

import typer

from spacy_ita.report.results import read
from spacy_ita.report.significance import chance
from spacy_ita.report.summary import Row, Table, summarise

ABOUT = """\
`scripts/experiments/tables.py` writes this page from `experiments/results.jsonl`. The page on
experiments says [what each row is](experiments.md#the-rows) and [how it was
measured](experiments.md#how-it-is-measured). [findings.md](findings.md) says what the tables show.

P, R and F1 are in percent: mean ± standard deviation over the seeds. A row with one seed has
seed 0. Δ is the difference in F1 to {against}, over the seeds that both have. p comes from a paired
bootstrap over the documents, p′ from one over documents and seeds."""


def main(
    path: Annotated[Path, typer.Argument(help="The results")] = Path("experiments/results.jsonl"),
    against: Annotated[
        str, typer.Option(help="Approach and view that the others are compared with")
    ] = "T-only,T",
) -> None:
    """A table a data set and encoder: in percent, mean ± standard deviation over the seeds."""
    approach, _, view = against.rpartition(",")
    tables = summarise(read(path), path, (approach, view))
    if not any((row.approach, row.view) == (approach, view) for t in tables for row in t.rows):
        raise typer.BadParameter(f"no results of {against!r}: give APPROACH,VIEW")
    print(f"# Results\n\n{ABOUT.format(against=f'{approach} ({view})')}")
    for table in tables:
        print(f"\n## {table.data}, {table.split}, {table.encoder}\n\n{markdown(table)}")


def markdown(table: Table) -> str:
    """The table's rows, with the difference to the first, its p over the documents, and p′ over
    documents and seeds."""
    header = ["approach", "view", "seeds", "P", "R", "F1", "Δ", "p", "p′", *table.kinds]
    lines = [header, ["---"] * len(header), *(cells(row, table.kinds) for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: Row, kinds: list[str]) -> list[str]:
    change = [""] * 3
    if found := row.difference:
        change = [f"{100 * found.value:+.2f}", chance(found.p), chance(found.p_seeds)]
    scores = [row.spread(score).in_percent() for score in ("p", "r", "f")]
    of_kinds = [row.spread_of_kind(kind).in_percent() for kind in kinds]
    return [row.name, row.view, str(len(row.lines)), *scores, *change, *of_kinds]


if __name__ == "__main__":
    typer.run(main)
