"""What a million posts cost on one core: OCR text by Tesseract, entities by a base-sized BERT."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import spacy
import torch
import typer
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from transformers import BertConfig, BertModel, BertTokenizerFast
from wasabi import table

from spacy_ita.pipeline.annotator import Annotator, Views

from .parts.ratios import Work, seconds
from .rows.pictures import LINES, align, reader, render

MILLION, HOUR = 1_000_000, 3_600
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = 16
"""Words of a tweet, each one piece."""


def main(
    posts: Annotated[int, typer.Option(min=1, help="Posts, and pictures, to measure by")] = 128,
    price: Annotated[float, typer.Option(min=0, help="Of a core for an hour")] = 0.05,
) -> None:
    """Print rates on one core, and what a million posts take. The weights are random: they take
    as long as trained ones."""
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        cells = []
        for step, work in steps(Path(name), posts):
            rate = posts / seconds(work)
            hours = MILLION / rate / HOUR
            cells.append([step, f"{rate:.1f}", f"{hours:.1f}", f"{hours * price:.2f}"])
        files = Path(name).glob("cache.sqlite*")
        size = sum(file.stat().st_size for file in files) / posts
    print(table(cells, header=["step", "posts/s", "core hours", f"at {price}"], divider=True))
    print(f"The cache takes {size / 1e3:.1f} kB a picture")


def steps(folder: Path, count: int) -> Iterator[tuple[str, Work]]:
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(folder / "cache.sqlite")}
    paths = [render(folder, number) for number in range(count)]
    tesseract = reader(workers=1, cache=cache)
    yield "OCR text, by Tesseract", lambda: align(tesseract, paths)
    yield "OCR text, from the cache", lambda: align(tesseract, paths)
    nlp, vocabulary = base_sized(folder)
    for views, what in ((Views.T, "text"), (Views.IT, "text and picture")):
        docs = tweets(nlp, vocabulary, count)
        annotator = Annotator(nlp, views)
        yield f"entities, of {what}", partial(annotator, docs)


def base_sized(folder: Path) -> tuple[Language, list[str]]:
    """Make a `crf_ner` over an encoder of BERT base's size, with a list of the words it knows."""
    vocabulary = [f"word{number}" for number in range(28_000)]
    (folder / "vocab.txt").write_text("\n".join(SPECIAL + vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    BertModel(BertConfig(vocab_size=len(SPECIAL + vocabulary))).save_pretrained(folder)
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    nlp.add_pipe("crf_ner", config={"model": model})
    (seen,) = tweets(nlp, vocabulary, 1)
    gold = nlp.make_doc(seen.text)
    gold.ents = [Span(gold, 0, 1, "PER")]
    nlp.initialize(lambda: [Example(seen, gold)])
    return nlp, vocabulary


def tweets(nlp: Language, vocabulary: list[str], count: int) -> list[Doc]:
    """Make texts of random words, with three lines of OCR text each."""
    draw = random.Random(0)
    docs = [nlp.make_doc(" ".join(draw.choices(vocabulary, k=WORDS))) for _ in range(count)]
    for doc in docs:
        doc._.image_ocr = [{"text": line, "score": 1.0, "box": []} for line in LINES[:3]]
    return docs


if __name__ == "__main__":
    typer.run(main)
