"""Print F1 against the share of posts that are read with knowledge, from finished runs."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from wasabi import msg

from spacy_ita.report import results
from spacy_ita.report.knowledge_cost import CurvePoint, knowledge_curve, least_confidences
from spacy_ita.report.predictions import read_confidences, read_counts
from spacy_ita.report.results import Line

from .tables import joined

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
HEADER = ["posts", "confidence below", "F1", "F1, random posts", "seeds"]


def main(
    data: Annotated[str, typer.Argument(help="Data set")] = "twitter2017",
    encoder: Annotated[str, typer.Option(help="Encoder")] = "minilm",
    text: Annotated[str, typer.Option(help="Row whose T view decides")] = "Knowledge + CVA",
    knowledge: Annotated[str, typer.Option(help="Row that reads them")] = "Knowledge + CVA",
    path: Annotated[Path, typer.Option(help="The results")] = Path("experiments/results.jsonl"),
) -> None:
    """Print the curve as a table in Markdown, the mean over the seeds that both rows have."""
    lines = [
        line
        for line in results.latest(results.read(path))
        if (line["data"], line["encoder"]) == (data, encoder) and not line["settings"]
    ]
    sure = {line["seed"]: line for line in lines if (line["approach"], line["view"]) == (text, "T")}
    asked = {
        line["seed"]: line
        for line in lines
        if (line["approach"], line["view"]) == (knowledge, "I+T")
    }
    curves = [
        curve
        for seed in sorted(sure.keys() & asked.keys())
        if (curve := curve_of(path, sure[seed], asked[seed]))
    ]
    if not curves:
        msg.fail(f"no seed of {text} (T) with confidences and of {knowledge} (I+T)", exits=1)
    rows = [HEADER, ["---"] * len(HEADER)]
    for points in zip(*curves, strict=True):
        threshold, f, f_random = np.mean([(p.threshold, p.f, p.f_random) for p in points], axis=0)
        share = f"{100 * points[0].share:.0f} %"
        scores = f"{threshold:.2f}", f"{100 * f:.2f}", f"{100 * f_random:.2f}"
        rows.append([share, *scores, str(len(curves))])
    print(joined(rows))


def curve_of(path: Path, text: Line, knowledge: Line) -> list[CurvePoint] | None:
    """Return the curve of a seed; None if its counts or its confidences were not stored."""
    first, second = (read_counts(path, line) for line in (text, knowledge))
    confidences = read_confidences(path, text)
    if first is None or second is None or confidences is None:
        return None
    return knowledge_curve(first, second, least_confidences(first, confidences[0]), SHARES)


if __name__ == "__main__":
    typer.run(main)
