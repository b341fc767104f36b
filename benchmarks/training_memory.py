"""Memory of a training: its first updates in a process of their own.

OMP_NUM_THREADS=1 python -m benchmarks.training_memory configs/twitter_mpnet.cfg \
    corpus/twitter/train.spacy --updates 60
"""

import time
from pathlib import Path
from typing import Annotated

import typer
from spacy.schemas import ConfigSchemaTraining
from spacy.training.initialize import init_nlp
from spacy.training.loop import create_train_batches
from spacy.util import fix_random_seed, load_config, registry, resolve_dot_names

from scripts.experiments.run import parse
from spacy_ita.training.free_memory import trim_free_memory

from .parts.process_memory import compiled_kibibytes, kibibytes

LINE = "{:>8} {:>8} {:>8} {:>8} {:>8}"


def main(
    config: Annotated[Path, typer.Argument(help="Config of the training")],
    corpus: Annotated[Path, typer.Argument(help="Its documents, a .spacy file")],
    updates: Annotated[int, typer.Option(help="Number of updates", min=1)] = 60,
    every: Annotated[int, typer.Option(help="Updates between two lines", min=1)] = 10,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of the config")
    ] = None,
) -> None:
    """Print processor seconds and memory after the first updates of a training."""
    paths = {"paths.train": str(corpus), "paths.dev": str(corpus)}
    overrides = {**paths, **dict(parse(setting) for setting in settings or ())}
    loaded = load_config(config, overrides=overrides, interpolate=True)
    loaded["system"]["gpu_allocator"] = loaded["training"]["gpu_allocator"] = None
    fix_random_seed(loaded["training"]["seed"])
    nlp = init_nlp(loaded)
    training = registry.resolve(loaded["training"], schema=ConfigSchemaTraining)
    [train] = resolve_dot_names(loaded, [training["train_corpus"]])
    optimizer = training["optimizer"]
    batches = create_train_batches(nlp, train, training["batcher"], training["max_epochs"])
    print(LINE.format("updates", "seconds", "GiB", "peak", "compiled"))
    print(LINE.format(0, 0, *memory()), flush=True)
    started = time.process_time()
    for number in range(1, updates + 1):
        _, batch = next(batches)
        nlp.update(batch, drop=training["dropout"], sgd=optimizer)
        optimizer.step_schedules()
        trim_free_memory()
        if number == 1 or number % every == 0:
            seconds = round(time.process_time() - started)
            print(LINE.format(number, seconds, *memory()), flush=True)


def memory() -> list[str]:
    """Return resident memory, its peak, and that of compiled programs, in GiB."""
    found = kibibytes("VmRSS"), kibibytes("VmHWM"), compiled_kibibytes()
    return [f"{size / 2**20:.2f}" for size in found]


if __name__ == "__main__":
    typer.run(main)
