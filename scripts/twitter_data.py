"""Convert and align Twitter-15 or Twitter-17 from a folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import DocBin
from wasabi import msg

from spacy_ita.cli import align, convert

SPLITS = ("train", "valid", "test")
PUBLISHED = {
    "Twitter-15": (4000, 1000, 3257),
    "Twitter-17": (3373, 723, 723),
    "SNAP": (4290, 1432, 1459),
}
"""Tweets of train, valid and test, as the papers count them."""

SOURCES = """{folder} has no {missing}.
Twitter-15 and Twitter-17 may not be redistributed. Put into one folder, and give it by
`spacy project run twitter . --vars.twitter FOLDER`:
  train.txt, valid.txt   TOKEN<TAB>TAG lines with an IMGID:<id> line before each tweet; from the
                         repository jefferyYu/UMT, data/twitter2015 or data/twitter2017
  test.txt               the same; where it is there, it is evaluated too, and chooses nothing
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
    """Write OUTPUT/train.spacy, OUTPUT/valid.spacy and, of a test.txt, OUTPUT/test.spacy."""
    recorded, images = folder / "captions.jsonl", folder / "images"
    knowledge = folder / "knowledge.jsonl"
    for needed in (folder / "train.txt", folder / "valid.txt"):
        require(needed.exists(), folder, needed.name)
    require(recorded.exists() or images.is_dir(), folder, "captions.jsonl and no images")
    (output / "test.spacy").unlink(missing_ok=True)
    counts = {}
    for split in SPLITS:
        if not (folder / f"{split}.txt").exists():
            continue
        plain, aligned = output / "plain" / f"{split}.spacy", output / f"{split}.spacy"
        convert(folder / f"{split}.txt", plain, images=images if images.is_dir() else None)
        counts[split] = len(DocBin().from_disk(plain))
        if recorded.exists():
            align("configs/align_recorded.cfg", plain, aligned, recorded=recorded)
        else:
            cache = Path("alignments/cache.sqlite")
            align("configs/align_hub.cfg", plain, aligned, cache=cache)
        if knowledge.exists():
            align("configs/align_recorded_knowledge.cfg", aligned, aligned, recorded=knowledge)
    warn_of_other_counts(folder, counts)


def warn_of_other_counts(folder: Path, counts: dict[str, int]) -> None:
    """Warn where the files of a published data set don't hold as many tweets as the papers say."""
    for name, published in PUBLISHED.items():
        known = dict(zip(SPLITS, published, strict=True))
        same = [split for split, count in counts.items() if count == known[split]]
        if len(same) == len(counts):
            msg.info(f"{folder}: as many tweets as {name} has")
            return
        if same:
            other = ", ".join(
                f"{split}.txt holds {count} tweets, not {known[split]}"
                for split, count in counts.items()
                if split not in same
            )
            msg.warn(f"{folder} looks like {name}, but {other}: figures can't be compared")
            return
    shown = ", ".join(f"{split} {count}" for split, count in counts.items())
    msg.warn(f"{folder}: {shown} tweets are none of {', '.join(PUBLISHED)}")


def require(condition: bool, folder: Path, missing: str) -> None:
    if not condition:
        print(SOURCES.format(folder=folder, missing=missing), file=sys.stderr)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
