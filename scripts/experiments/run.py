"""Run the table of experiments: approach × data × encoder × seed."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from wasabi import msg

from .rows.approaches import APPROACHES
from .rows.datasets import Dataset, datasets
from .runs.plan import ENCODERS, Run
from .runs.runner import Runner


def main(
    tweets: Annotated[
        Path, typer.Option(help="Folder that holds twitter2015/ and twitter2017/")
    ] = Path("assets"),
    only: Annotated[str, typer.Option(help="Approaches, joined by commas; all by default")] = "",
    data: Annotated[str, typer.Option(help="Data sets, joined by commas")] = "demo",
    encoders: Annotated[str, typer.Option(help="Encoders, joined by commas")] = "minilm",
    seeds: Annotated[str, typer.Option(help="Seeds, joined by commas")] = "0,1,2",
    jobs: Annotated[int, typer.Option(help="Runs at once, one thread each")] = 2,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE of the config, over the approach's own"),
    ] = None,
    models: Annotated[Path, typer.Option(help="Folder to train in")] = Path("training/experiments"),
    output: Annotated[Path, typer.Option(help="Folder of the results")] = Path("experiments"),
    keep: Annotated[bool, typer.Option("--keep", help="Keep the trained models")] = False,
    dry: Annotated[bool, typer.Option("--list", help="List the runs, run nothing")] = False,
    gpu_id: Annotated[int, typer.Option(help="GPU, -1 for the CPU")] = -1,
) -> None:
    """Train and measure; skip finished runs, and report those that lack something."""
    known = datasets(tweets)
    settings = dict(parse(item) for item in setting or ())
    approaches = choose("approach", only, {approach.name: approach for approach in APPROACHES})
    runs = [
        Run(approach, dataset, encoder, int(seed), settings, gpu_id)
        for seed in seeds.split(",")
        for dataset in choose("data set", data, known)
        for encoder in choose("encoder", encoders, ENCODERS)
        for approach in approaches
    ]
    if dry:
        for run in runs:
            show(run)
        return
    torch.set_num_threads(1)
    failed = Runner(models, output, keep).run_all(list(ready(runs)), jobs)
    if failed:
        msg.fail(f"failed: {', '.join(run.name for run in failed)}", exits=1)


def parse(item: str) -> tuple[str, Any]:
    """Parse NAME=VALUE, VALUE as JSON or a string. Raises typer.BadParameter without a value."""
    name, equals, value = item.partition("=")
    if not equals:
        raise typer.BadParameter(f"--set {item}: give NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def choose(what: str, names: str, known: dict[str, Any]) -> list[Any]:
    """Choose the named ones, or all if none is named; exit with 1 for an unknown name."""
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    for name in wanted:
        if name not in known:
            msg.fail(f"no {what} {name!r}: there are {', '.join(known)}", exits=1)
    return [known[name] for name in wanted]


def show(run: Run) -> None:
    """Print a run, what it lacks, and what it changes in its config."""
    missing = run.missing()
    note = f"  needs {', '.join(missing)}" if missing else ""
    print(f"{run.name}  [configs/{run.recipe_name}.cfg]{note}")
    for name, value in run.overrides.items():
        print(f"    --{name} {json.dumps(value)}")


def ready(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield the runs that lack nothing, with their data made; report the others."""
    prepared: dict[tuple[str, str], bool] = {}
    for run in runs:
        if missing := run.missing():
            msg.warn(f"{run.name} needs {', '.join(missing)}")
            continue
        corpus = (run.data.name, run.approach.corpus)
        if corpus not in prepared:
            prepared[corpus] = prepare(run.data, run.approach.corpus)
        if prepared[corpus]:
            yield run


def prepare(data: Dataset, corpus: str) -> bool:
    """Make the data. Return False, after a report, if that fails."""
    try:
        data.prepare(corpus)
    # of whatever kind: the runs on other data go on
    except Exception as error:
        msg.fail(f"{data.name}, {corpus}: {type(error).__name__}: {error}")
        return False
    return True


if __name__ == "__main__":
    typer.run(main)
