"""`make bench`: every ratio, as a table and as JSON."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import srsly
import torch
import typer
from wasabi import msg, table

from . import host, operators
from .parts.ratios import Row
from .parts.tagger import ENCODER, load_tagger, save_small
from .rows import chains, inference, loading, pictures, precision, scale, startup, updates


def tagger_rows(corpus: Path, rounds: int) -> Iterator[Row]:
    tagger = load_tagger(corpus)
    yield from inference.rows(tagger, rounds)
    yield from updates.rows(tagger, rounds)
    with TemporaryDirectory() as folder:
        tagger.nlp.to_disk(folder)
        yield from loading.rows(Path(folder), rounds)


def scale_rows(corpus: Path, rounds: int) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        save_small(corpus, Path(folder))
        yield from scale.rows(Path(folder), corpus, min(rounds, 3))


def engine_rows(corpus: Path, rounds: int) -> Iterator[Row]:
    # needs packages that the other groups do without
    from .rows import engines

    yield from engines.rows(min(rounds, 3))


def card_rows(corpus: Path, rounds: int) -> Iterator[Row]:
    """Count and time, without a card, what a card would be asked to do."""
    tagger = operators.card_tagger(ENCODER, corpus)
    yield from operators.rows(tagger)
    yield from host.rows(tagger, rounds)


GROUPS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "chains": lambda corpus, rounds: chains.rows(rounds),
    "tagger": tagger_rows,
    "precision": precision.rows,
    "card": card_rows,
    "pictures": lambda corpus, rounds: pictures.rows(min(rounds, 3)),
    "engines": engine_rows,
    "scale": scale_rows,
    "startup": lambda corpus, rounds: startup.rows(rounds),
}


def main(
    corpus: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    output: Annotated[Path, typer.Argument(help="JSON file for the rows")],
    rounds: Annotated[int, typer.Option(help="Rounds a row; the median counts")] = 5,
    only: Annotated[str, typer.Option(help="Groups to run, joined by commas")] = ",".join(GROUPS),
) -> None:
    """Measure the project's speed, each row as a ratio to something in the same run."""
    groups = only.split(",")
    if unknown := [group for group in groups if group not in GROUPS]:
        raise typer.BadParameter(f"no group {', '.join(unknown)}: there are {', '.join(GROUPS)}")
    torch.set_num_threads(2)
    found = []
    for group in groups:
        for row in GROUPS[group](corpus, rounds):
            msg.info(f"{row.what}: {row.ratio:.2f}")
            found.append(row)
            # a run that is stopped keeps the rows before
            write_rows(output, found)
    print(table([cells(row) for row in found], header=HEADER, divider=True))


def write_rows(output: Path, rows: list[Row]) -> None:
    """Write rows as JSON."""
    srsly.write_json(
        output,
        [
            {
                "what": row.what,
                "against": row.against,
                "ratio": row.ratio,
                "target": row.target,
                "met": row.met,
                "rounds": row.rounds,
            }
            for row in rows
        ],
    )


HEADER = ["what", "against", "ratio", "spread", "to reach", "met"]


def cells(row: Row) -> list[str]:
    sign = "≤" if row.at_most else "≥"
    spread = f"{min(row.rounds):.2f}–{max(row.rounds):.2f}"
    met = "yes" if row.met else "no"
    return [row.what, row.against, f"{row.ratio:.2f}", spread, f"{sign} {row.target}", met]


if __name__ == "__main__":
    typer.run(main)
