"""The options that say where a corpus is worked on."""

from enum import Enum
from typing import Annotated

import typer

from ..distributed import Engine, RayEngine, run_locally


class Engines(str, Enum):
    """What `--engine` takes."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[
    Engines,
    typer.Option(
        help="`local` is this process; `ray` works on the cluster of RAY_ADDRESS, or in processes "
        "of this machine"
    ),
]
GpuIdOption = Annotated[int, typer.Option(help="GPU, -1 for the CPU")]
WorkersOption = Annotated[int, typer.Option(min=1, help="Actors of Ray")]
GpusOption = Annotated[
    float, typer.Option(min=0, help="GPUs of an actor of Ray; 0.5 lets two share one")
]
RetriesOption = Annotated[
    int, typer.Option(min=0, help="How often a batch is tried again whose actor of Ray died")
]


def make_engine(name: Engines, workers: int, gpus: float, retries: int) -> Engine:
    """The engine that the options ask for."""
    return RayEngine(workers, gpus, retries) if name is Engines.RAY else run_locally
