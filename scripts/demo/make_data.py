"""Write the demo corpus: tweets with gold names, and a rendered picture for most of them."""

from collections import Counter
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab
from tqdm import tqdm

from spacy_ita.extensions import Attributes, attributes

from .pictures.scenes import render
from .pictures.sheet import contact_sheet
from .tweets.generation import NAME_KINDS, Tweet, generate
from .tweets.phrases import TYPES


def to_doc(vocab: Vocab, tweet: Tweet, image_path: str, attrs: Attributes) -> Doc:
    """Convert a tweet to a Doc with gold entities, its picture and the kinds of its names.

    doc.spans: the gold entities by the kind of name ("ambiguous", "lettering", "plain").
    doc.cats: 1.0 for each kind of name that the tweet has, else 0.0.
    """
    spaces = [True] * (len(tweet.words) - 1) + [False]
    doc = Doc(vocab, words=tweet.words, spaces=spaces)
    spans = [Span(doc, name.start, name.end, label=name.type) for name in tweet.names]
    doc.set_ents(spans)
    for kind in NAME_KINDS:
        chosen = [s for s, name in zip(spans, tweet.names, strict=True) if name.kind == kind]
        doc.spans[kind] = chosen
        doc.cats[kind] = float(bool(chosen))
    doc._.set(attrs.image_path, image_path)
    return doc


def draw(tweet: Tweet, seed: str, path: str) -> None:
    """Render a tweet's picture, if it has one, and save it as `path`."""
    if tweet.scene:
        render(tweet.scene, seed, tweet.lettering).image.save(path, quality=92)


def write_split(
    out_dir: Path,
    split: str,
    size: int,
    seed: int,
    taken: set[str],
    attrs: Attributes,
    pool: Executor,
) -> Counter[str]:
    """Write a split's pictures and DocBin; returns how many names of each kind and type it has.

    taken: names that no split may use again. pool: draws the pictures.
    """
    vocab, docs, counts = Vocab(), DocBin(store_user_data=True), Counter[str]()
    tweets = list(generate(split, size, seed, taken))
    paths = [
        (out_dir / "images" / f"{split}_{index:04}.jpg").as_posix() if tweet.scene else ""
        for index, tweet in enumerate(tweets)
    ]
    seeds = [f"corpus/{split}/{seed}/{index}" for index in range(size)]
    drawn = pool.map(draw, tweets, seeds, paths, chunksize=16)
    for tweet, path, _ in zip(tqdm(tweets, split, mininterval=1), paths, drawn, strict=True):
        counts["without picture"] += not path
        counts.update(f"{name.kind} {name.type}" for name in tweet.names)
        docs.add(to_doc(vocab, tweet, path, attrs))
    docs.to_disk(out_dir / f"{split}.spacy")
    return counts


def main(
    out_dir: Annotated[Path | None, typer.Argument(help="Folder for the corpus")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same corpus")] = 0,
    train: Annotated[int, typer.Option(min=1, help="Tweets to train on")] = 400,
    dev: Annotated[int, typer.Option(min=1, help="Tweets to choose a model on")] = 120,
    test: Annotated[int, typer.Option(min=1, help="Tweets to report on")] = 300,
    sheet: Annotated[Path | None, typer.Option(help="Also draw a contact sheet here")] = None,
) -> None:
    """Write OUT_DIR/images and OUT_DIR/{train,dev,test}.spacy; image paths start with OUT_DIR."""
    if out_dir is None and sheet is None:
        raise typer.BadParameter("give a folder for the corpus, or --sheet, or both")
    if sheet is not None:
        sheet.parent.mkdir(parents=True, exist_ok=True)
        contact_sheet(seed).save(sheet)
        typer.echo(f"Contact sheet: {sheet}")
    if out_dir is None:
        return
    attrs = attributes()
    (out_dir / "images").mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    with ProcessPoolExecutor(2) as pool:
        for split, size in (("train", train), ("dev", dev), ("test", test)):
            counts = write_split(out_dir, split, size, seed, taken, attrs, pool)
            typer.echo(f"{split}: {size} tweets, {counts.pop('without picture')} without picture")
            for kind in NAME_KINDS:
                row = "  ".join(f"{type_} {counts[f'{kind} {type_}']}" for type_ in TYPES)
                typer.echo(f"  {kind:10} {row}")


if __name__ == "__main__":
    typer.run(main)
