"""One command on a card: how much of it reading, an update and a training use.

Both sides of a ratio are timed in turns in this process, after a warm-up with the same shapes.
Without a card it runs on the CPU, which serves to try it out.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import spacy
import torch
import transformers
import typer
from wasabi import msg, table

from .gpu_rows import chains as gpu_chains
from .gpu_rows.card import Sizes, precision_name
from .gpu_rows.tagger import TARGETS, Bench
from .parts.ratios import Row


def main(
    corpus: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    encoder: Annotated[Path, typer.Argument(help="Folder of MiniLM")],
    output: Annotated[Path, typer.Argument(help="JSON file for what is measured")],
    base: Annotated[Path | None, typer.Option(help="Folder of an encoder of base size")] = None,
    documents: Annotated[int, typer.Option(help="Documents to read")] = Sizes.documents,
    updates: Annotated[int, typer.Option(help="Updates to warm up with")] = Sizes.learnt,
    rounds: Annotated[int, typer.Option(help="Rounds of each ratio")] = Sizes.rounds,
) -> None:
    """Measure, and write each row as soon as it is known."""
    on_card = spacy.prefer_gpu()
    sizes = Sizes(documents, updates, max(updates // 2, 1), rounds)
    versions = {module.__name__: module.__version__ for module in (torch, transformers, spacy)}
    found: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if on_card else "CPU",
        "versions": versions,
        "sizes": asdict(sizes),
        "rows": [],
    }
    report = Report(found, output)
    for row in gpu_chains.rows(sizes):
        report.add(row)
    benches = {}
    for size, folder in {"mini": encoder, "base": base}.items():
        if folder is None:
            continue
        bench = benches[size] = Bench(folder, corpus, sizes)
        for row in bench.rows(TARGETS[size]):
            report.add(row)
        report.note(size, precision=precision_name(bench.precision), **bench.figures())
    if on_card:
        report.note("cpu_and_card", **benches["mini"].agreement())
    report.show()


class Report:
    """What was measured, on disk from the first row on."""

    def __init__(self, found: dict[str, Any], output: Path) -> None:
        self.found, self.output = found, output

    def add(self, row: Row) -> None:
        msg.info(f"{row.what}: {row.ratio:.2f}")
        self.found["rows"].append({**asdict(row), "ratio": row.ratio, "met": row.met})
        self._write()

    def note(self, name: str, **values: Any) -> None:
        self.found[name] = values
        self._write()

    def _write(self) -> None:
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self.output.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf8")

    def show(self) -> None:
        cells = [
            (row["what"], row["against"], f"{row['ratio']:.2f}", row["target"], row["met"])
            for row in self.found["rows"]
        ]
        header = ("what", "against", "ratio", "to reach", "met")
        print(table(cells, header=header, divider=True))
        print(json.dumps({k: v for k, v in self.found.items() if k != "rows"}, indent=1))


if __name__ == "__main__":
    typer.run(main)
