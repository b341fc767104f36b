"""Alignment by Tesseract: cached against uncached, two cores against one call after another."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytesseract
import spacy
from PIL import Image, ImageDraw, ImageFont
from spacy.language import Language
from spacy.tokens import Doc

from ..parts.ratios import Row, speed_ratios

LINES = ("JORDAN LIVE TONIGHT", "Welcome to Chelsea", "city of Paris 2017", "HAPPY BIRTHDAY")
CACHED, READ = 40, 200


def rows(rounds: int) -> Iterator[Row]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = [render(folder, number) for number in range(READ)]
        cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(folder / "cache.sqlite")}
        cached = reader(workers=1, cache=cache)
        uncached = reader(workers=1)
        yield Row(
            f"alignment of {CACHED} pictures, cached",
            "uncached, by Tesseract",
            200,
            False,
            speed_ratios(
                lambda: align(cached, paths[:CACHED]),
                lambda: align(uncached, paths[:CACHED]),
                rounds,
            ),
        )
        parallel = reader(workers=2)
        yield Row(
            f"alignment, OCR of {READ} pictures on two cores",
            "one call of pytesseract after another",
            1.9,
            False,
            speed_ratios(
                lambda: align(parallel, paths),
                lambda: [pytesseract.image_to_data(Image.open(path)) for path in paths],
                rounds,
            ),
        )


def render(folder: Path, number: int) -> str:
    """Draw a sign of three lines, 600 × 400 pixels."""
    image = Image.new("RGB", (600, 400), ((number * 40) % 100 + 150, 220, 240))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=36)
    for line in range(3):
        text = f"{LINES[(number + line) % len(LINES)]} {number}"
        draw.text((40, 60 + 100 * line), text, fill="black", font=font)
    path = folder / f"{number}.png"
    image.save(path)
    return str(path)


def reader(workers: int, **settings: object) -> Language:
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.Tesseract.v1", "workers": workers, "min_side": 0, "psm": 3}
    nlp.add_pipe("image_ocr", config={"backend": backend, **settings})
    return nlp


def align(nlp: Language, paths: list[str]) -> list[Doc]:
    docs = []
    for path in paths:
        doc = Doc(nlp.vocab, ["sign"])
        doc._.image_path = path
        docs.append(doc)
    return list(nlp.pipe(docs))
