"""Align the splits of the demo's corpus, two at a time: one process a core.

    python -m scripts.demo.align_splits configs/demo.cfg corpus/demo corpus/demo/aligned

For each split it does what `spacy ita align CONFIG SOURCE TARGET --cache CACHE` does.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

SPLITS = ("train", "test", "dev")
"""The longest first, so that both processes end at about the same time."""


def align_split(config: Path, source: Path, target: Path, cache: Path) -> None:
    """Align one split by the command's own function."""
    from spacy_ita.cli.align import align

    align(str(config), source, target, cache=cache)


def main(
    config: Annotated[Path, typer.Argument(help="The config with the image_* pipes")],
    corpus: Annotated[Path, typer.Argument(help="Folder of train.spacy, dev.spacy, test.spacy")],
    out_dir: Annotated[Path, typer.Argument(help="Folder for the aligned splits")],
    cache: Annotated[Path, typer.Option(help="File that keeps alignments")] = Path(
        "alignments/cache.sqlite"
    ),
) -> None:
    """Align each split of CORPUS into OUT_DIR."""
    # the processes share the cores, so that each needs one thread
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        done = [
            pool.submit(
                align_split, config, corpus / f"{name}.spacy", out_dir / f"{name}.spacy", cache
            )
            for name in SPLITS
        ]
        for future in done:
            future.result()


if __name__ == "__main__":
    typer.run(main)
