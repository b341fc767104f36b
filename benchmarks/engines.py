"""Parameters, memory and speed of the engines at their published sizes, on one core.

    python -m benchmarks.engines

Each model is made with random weights and read by its backend in a process of its own, where it
looks at five photos of scikit-image. The model alone makes the same calls again, on inputs that are
ready. Needs Linux, scikit-image, and a disk with 1 GB.
"""

from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import torch
import typer

from spacy_ita.alignment.objects.onnx.detector import ONNXDetector
from spacy_ita.alignment.picture import Picture

from .parts.engine_models import MODELS
from .parts.lettered_photos import photos
from .parts.model_calls import recorded_calls, replay
from .parts.process_memory import kibibytes
from .parts.ratios import processor_seconds

HEADER = ["engine", "parameters (M)", "memory (MB)", "pictures/s", "model alone", "ratio"]
NANODET = "NanoDet-g"
TWEET = "RT @ user : so happy that we saw them play in Hamilton last night https://t.co/x"
"""What is written with each photo."""


def main(
    only: Annotated[str, typer.Option(help="A part of the engines' names")] = "",
    nanodet: Annotated[
        Path | None, typer.Option(help="NanoDet-g, as docs/onnx.md makes it", exists=True)
    ] = None,
) -> None:
    """Print a table of the engines."""
    print(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
    for name in MODELS:
        if only in name:
            with TemporaryDirectory() as folder:
                parameters = apart(save, name, folder)
                report(name, parameters, *apart(cost, name, folder))
    if nanodet is not None:
        # nearly all of the file are parameters in 32 bits
        report(NANODET, nanodet.stat().st_size // 4, *apart(cost, NANODET, str(nanodet)))


def apart(work: Callable[..., Any], *arguments: str) -> Any:
    """Run work in a new process that has imported what this module imports; returns its result."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def report(name: str, parameters: int, memory: float, rate: float, bare: float | None) -> None:
    alone = "– | –" if bare is None else f"{bare:.3g} | {rate / bare:.2f}"
    print(f"| {name} | {parameters / 1e6:.1f} | {memory:.0f} | {rate:.3g} | {alone} |", flush=True)


def save(name: str, folder: str) -> int:
    """Write the model into a folder; returns its number of parameters."""
    return MODELS[name].save(folder)


def cost(name: str, path: str) -> tuple[float, float, float | None]:
    """Measure an engine on one core. Pictures are read one by one.

    Returns:
        Peak memory in MB above that of the imports; pictures a second after the first picture,
        which loads the model; and pictures a second of the model alone, on the same inputs, or
        None for a model that is no module of torch.
    """
    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        pictures = saved_photos(Path(folder))
    before = kibibytes("VmRSS")
    # resets the peak
    Path("/proc/self/clear_refs").write_text("5")
    backend = ONNXDetector(path, "nanodet-v0") if name == NANODET else MODELS[name].backend(path)
    backend(pictures[:1])
    # a model that is no module of torch has none of the methods
    with recorded_calls(getattr(backend, "model", None)) as calls:
        spent = processor_seconds(lambda: [backend([picture]) for picture in pictures])
    memory = (kibibytes("VmHWM") - before) / 1000
    bare = len(pictures) / processor_seconds(lambda: replay(calls)) if calls else None
    return memory, len(pictures) / spent, bare


def saved_photos(folder: Path) -> list[Picture]:
    """Write the photos into a folder; returns them as decoded pictures."""
    pictures = []
    for number, photo in enumerate(photos()):
        path = folder / f"{number}.png"
        photo.save(path)
        pictures.append(Picture(str(path), TWEET))
        pictures[-1].image.load()
    return pictures


if __name__ == "__main__":
    typer.run(main)
