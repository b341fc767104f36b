"""Convert and align Twitter-15 or Twitter-17 from a folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from spacy_ita.cli import align, convert

SOURCES = """{folder} has no {missing}.
Twitter-15 and Twitter-17 may not be redistributed. Put into one folder, and give it by
`spacy project run twitter . --vars.twitter FOLDER`:
  train.txt, valid.txt   TOKEN<TAB>TAG lines with an IMGID:<id> line before each tweet; from the
                         repository jefferyYu/UMT, data/twitter2015 or data/twitter2017
and either
  captions.jsonl         {{"image_id": ..., "captions": [{{"text": ...}}, ...]}}, a line a picture;
                         the repository JinYuanLi0012/PGIM has BLIP-2 captions
or
  images/                the pictures, named by id, as those repositories link them
and, where you want it as context,
  knowledge.jsonl        {{"image_id": ..., "knowledge": ...}}, a line a picture: a language model's
                         paragraph on tweet and picture, which PGIM's repository has too"""


def main(
    folder: Annotated[Path, typer.Argument(help="train.txt, valid.txt, captions.jsonl or images")],
    output: Annotated[Path, typer.Argument(help="The folder to write to")],
) -> None:
    """Writes OUTPUT/train.spacy and OUTPUT/valid.spacy, aligned."""
    recorded, images = folder / "captions.jsonl", folder / "images"
    knowledge = folder / "knowledge.jsonl"
    for needed in (folder / "train.txt", folder / "valid.txt"):
        require(needed.exists(), folder, needed.name)
    require(recorded.exists() or images.is_dir(), folder, "captions.jsonl and no images")
    for split in ("train", "valid"):
        plain, aligned = output / "plain" / f"{split}.spacy", output / f"{split}.spacy"
        convert(folder / f"{split}.txt", plain, images=images if images.is_dir() else None)
        if recorded.exists():
            align("configs/align_recorded.cfg", plain, aligned, recorded=recorded)
        else:
            cache = Path("alignments/cache.sqlite")
            align("configs/align_hub.cfg", plain, aligned, cache=cache)
        if knowledge.exists():
            align("configs/align_recorded_knowledge.cfg", aligned, aligned, recorded=knowledge)


def require(condition: bool, folder: Path, missing: str) -> None:
    if not condition:
        print(SOURCES.format(folder=folder, missing=missing), file=sys.stderr)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
