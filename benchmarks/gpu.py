"""One command on a card: how much of it reading, an update and a training use.

Both sides of a ratio are timed in turns in this process, after a warm-up with the same shapes.
Without a card it runs on the CPU, which serves to try it out.
"""

import json
import platform
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import spacy
import torch
import typer
from wasabi import msg, table

from .gpu_rows import chains as gpu_chains
from .gpu_rows.card import Sizes, precision_name
from .gpu_rows.tagger import TARGETS, Bench
from .parts.ratios import Row

GROUPS = ("mini", "base", "chains")
"""Groups of rows, in the order of measuring; a run that is cut short has the first."""
PACKAGES = ("torch", "transformers", "spacy", "spacy-transformers", "pytorch-crf", "spacy-ita")


def main(
    corpus: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    encoder: Annotated[Path, typer.Argument(help="Folder of MiniLM", exists=True)],
    output: Annotated[Path, typer.Argument(help="JSON file for what is measured")],
    base: Annotated[Path | None, typer.Option(help="Folder of an encoder of base size")] = None,
    documents: Annotated[int, typer.Option(help="Documents to read")] = Sizes.documents,
    updates: Annotated[int, typer.Option(help="Updates to warm up with")] = Sizes.learnt,
    rounds: Annotated[int, typer.Option(help="Rounds of each ratio")] = Sizes.rounds,
    only: Annotated[str, typer.Option(help="Groups to run, joined by commas")] = ",".join(GROUPS),
) -> None:
    """Measure, and write each row as soon as it is known."""
    groups = only.split(",")
    if unknown := set(groups) - set(GROUPS):
        raise typer.BadParameter(f"no group {', '.join(unknown)}: there are {', '.join(GROUPS)}")
    on_card = spacy.prefer_gpu()
    if not on_card:
        msg.warn("no GPU can be used, so the CPU is measured")
    sizes = Sizes(documents, updates, max(updates // 2, 1), rounds)
    report = Report(output, device=device_name(), versions=versions(), sizes=asdict(sizes))
    for size, folder in {"mini": encoder, "base": base}.items():
        if folder is None or size not in groups:
            continue
        bench = Bench(folder, corpus, sizes)
        report.tell(f"{size}: initialised and warmed up")
        report.add(bench.rows(TARGETS[size]))
        report.note(size, precision=precision_name(bench.precision), **bench.figures())
        if on_card and size == "mini":
            report.note("cpu_and_card", **bench.agreement())
    if "chains" in groups:
        report.add(gpu_chains.rows(sizes))
    report.show()


def device_name() -> str:
    """Name the device that is measured."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else platform.processor()


def versions() -> dict[str, str | None]:
    """Return the versions that a figure depends on; None for what isn't installed as a package."""
    found: dict[str, str | None] = dict.fromkeys(PACKAGES)
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return {"python": platform.python_version(), "cuda": torch.version.cuda, **found}


class Report:
    """What was measured, on disk from the first row on.

    Args:
        output: JSON file.
        facts: What is known before.
    """

    def __init__(self, output: Path, **facts: Any) -> None:
        self.found: dict[str, Any] = {**facts, "rows": []}
        self.output = output
        self._start = time.perf_counter()

    def add(self, rows: Iterator[Row]) -> None:
        """Add rows, each as soon as it is measured."""
        for row in rows:
            values = {**asdict(row), "ratio": row.ratio, "met": row.met, "after": self._seconds()}
            self.found["rows"].append(values)
            self._write(f"{row.what}: {row.ratio:.2f}")

    def note(self, name: str, **values: Any) -> None:
        """Add figures of another kind."""
        self.found[name] = values
        self._write(f"{name}: {values}")

    def tell(self, what: str) -> None:
        """Print what is done, and when."""
        msg.info(f"{self._seconds():5.0f} s  {what}")

    def _seconds(self) -> float:
        return round(time.perf_counter() - self._start, 1)

    def _write(self, told: str) -> None:
        self.tell(told)
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self.output.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf8")

    def show(self) -> None:
        """Print all rows, and the other facts."""
        cells = [
            (row["what"], row["against"], f"{row['ratio']:.2f}", row["target"], row["met"])
            for row in self.found["rows"]
        ]
        header = ("what", "against", "ratio", "to reach", "met")
        print(table(cells, header=header, divider=True))
        print(json.dumps({k: v for k, v in self.found.items() if k != "rows"}, indent=1))


if __name__ == "__main__":
    typer.run(main)
