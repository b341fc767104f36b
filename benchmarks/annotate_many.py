"""`spacy ita annotate` over thousands of posts with good and bad pictures, each accounted for."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from wasabi import msg, table

from .parts.mixed_posts import CAUSES, kind_of, write_posts

HEADER = ["kind", "posts", "annotated", "with a warning", "with an error", "not as expected"]


def main(
    pipeline: Annotated[str, typer.Argument(help="A pipeline with image_* pipes and a crf_ner")],
    count: Annotated[int, typer.Argument(help="Posts")] = 10_000,
) -> None:
    """Print the outcome of each kind of post; exit with 1 if one is lost, doubled or wrong."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        posts, target = write_posts(folder, count), folder / "out.jsonl"
        start = time.perf_counter()
        command = [sys.executable, "-m", "spacy_ita", "annotate", pipeline, posts, target]
        subprocess.run(list(map(str, command)), check=True)
        seconds = time.perf_counter() - start
        rows = [json.loads(line) for line in target.read_text(encoding="utf8").splitlines()]
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in CAUSES}
    for number, row in enumerate(rows):
        kind = kind_of(number)
        counts[kind].update(outcome(row, kind, number))
    cells = [[kind, *(counts[kind][column] for column in HEADER[1:])] for kind in CAUSES]
    print(table(cells, header=HEADER, divider=True))
    msg.info(f"{len(rows)} of {count} posts in {seconds:.1f} s, {count / seconds:.1f} a second")
    if len(rows) != count or any(found["not as expected"] for found in counts.values()):
        msg.fail("A post is lost, doubled or not as expected", exits=1)


def outcome(row: dict[str, Any], kind: str, number: int) -> list[str]:
    """List the columns of the table in which a row counts."""
    columns = {"annotated": "error" not in row, "with a warning": "warning" in row}
    columns["with an error"] = "error" in row
    wanted, cause = CAUSES[kind], row.get("error") or row.get("warning", "")
    name = str(number + 1) if kind == "line" else f"{kind} {number}"
    fits = wanted is None or (wanted in cause and bool(wanted) == bool(cause))
    columns["not as expected"] = not fits or row["id"] != name
    return ["posts", *(column for column, counts in columns.items() if counts)]


if __name__ == "__main__":
    typer.run(main)
