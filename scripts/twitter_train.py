"""Train on Twitter-15 or -17 over the encoder of a size, which is made first if it isn't there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from spacy.cli.train import train
from wasabi import msg
from weasel.cli.run import project_run

OUTPUT = Path("training/twitter")
CORPUS = Path("corpus/twitter")


@dataclass(frozen=True)
class Size:
    """The project's command that makes the encoder, its folder, and the config over it."""

    command: str
    folder: Path
    config: Path


SIZES = {
    "minilm": Size("encoder", Path("training/minilm"), Path("configs/twitter_minilm.cfg")),
    "base": Size("encoder-base", Path("training/mpnet"), Path("configs/twitter_mpnet.cfg")),
}


def main(
    encoder: Annotated[str, typer.Argument(help=f"The encoder's size: {', '.join(SIZES)}")],
    config: Annotated[str, typer.Option(help="Another config than that of the encoder")] = "",
    gpu_id: Annotated[int, typer.Option(help="GPU, -1 for the CPU")] = -1,
    seed: Annotated[int, typer.Option(help="The seed")] = 0,
) -> None:
    if encoder not in SIZES:
        msg.fail(f"no encoder {encoder!r}: give one of {', '.join(SIZES)}", exits=1)
    size = SIZES[encoder]
    if not size.folder.exists():
        project_run(Path.cwd(), size.command)
    overrides = {
        "system.seed": seed,
        "paths.train": str(CORPUS / "train.spacy"),
        "paths.dev": str(CORPUS / "valid.spacy"),
    }
    # the configs of the larger encoders allocate by torch, which a CPU doesn't know
    if gpu_id < 0:
        overrides["system.gpu_allocator"] = None
    train(config or size.config, OUTPUT, use_gpu=gpu_id, overrides=overrides)


if __name__ == "__main__":
    typer.run(main)
