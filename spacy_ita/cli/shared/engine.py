"""Options for the place where a command runs, and for code of the user."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ...distributed import Engine, RayEngine, run_locally


class Engines(str, Enum):
    """The values of `--engine`."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[
    Engines,
    typer.Option(
        help="`local` runs in this process. `ray` runs on the Ray cluster at RAY_ADDRESS, or in "
        "processes on this machine"
    ),
]
CodeOption = Annotated[
    Path | None,
    typer.Option(
        "--code",
        "-c",
        help="Python file to import first, as with `spacy train`: it registers backends and "
        "functions of your own",
    ),
]
GpuIdOption = Annotated[int, typer.Option(help="Number of the GPU; -1 for the CPU")]
GpusPerProcessOption = Annotated[
    float, typer.Option(min=0, help="GPUs of each process on Ray; with 0.5, two share one")
]
RetriesOption = Annotated[
    int, typer.Option(min=0, help="How often to repeat a batch whose Ray actor died")
]


def make_engine(name: Engines, n_process: int, gpus_per_process: float, retries: int) -> Engine:
    """Make the engine that the options describe."""
    if name is Engines.RAY:
        return RayEngine(n_process, gpus_per_process, retries)
    return run_locally
