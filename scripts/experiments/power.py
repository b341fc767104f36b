"""Simulate how many seeds it takes to find a difference in F1, from one row's finished runs."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from wasabi import msg, table

from spacy_ita.report import results
from spacy_ita.report.power import power
from spacy_ita.report.predictions import read_counts
from spacy_ita.report.significance import f_score


def main(
    data: Annotated[str, typer.Argument(help="Data set")] = "twitter2017",
    encoder: Annotated[str, typer.Option(help="Encoder")] = "minilm",
    approach: Annotated[str, typer.Option(help="Row of the table")] = "T-only",
    view: Annotated[str, typer.Option(help="View of the row")] = "T",
    points: Annotated[str, typer.Option(help="Differences in points of F1")] = "0.4,0.8,1.2",
    seeds: Annotated[str, typer.Option(help="Numbers of seeds")] = "3,5,10,20",
    trials: Annotated[int, typer.Option(help="Simulated comparisons of each cell")] = 200,
    output: Annotated[Path, typer.Option(help="Folder of the results")] = Path("experiments"),
) -> None:
    path = output / "results.jsonl"
    wanted = {"data": data, "encoder": encoder, "approach": approach, "view": view}
    lines = [line for line in results.latest(results.read(path)) if wanted.items() <= line.items()]
    found = [read_counts(path, line) for line in lines]
    counts = np.array([of_run for of_run in found if of_run is not None])
    if len(counts) < 2:
        msg.fail(f"{len(counts)} trainings of {approach}, {view}: two tell a spread", exits=1)
    spread = f_score(counts.sum(1)).std(ddof=1)
    print(f"{approach}, {view}, {data}, {encoder}: {len(lines)} trainings, sd {100 * spread:.2f}")
    numbers = [int(number) for number in seeds.split(",")]
    rows = [
        (point, *(f"{power(counts, float(point) / 100, n, trials):.2f}" for n in numbers))
        for point in points.split(",")
    ]
    print(table(rows, header=("points of F1", *(f"{n} seeds" for n in numbers)), divider=True))


if __name__ == "__main__":
    typer.run(main)
