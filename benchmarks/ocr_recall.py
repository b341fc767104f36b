"""How much of the text on photos each OCR engine reads, and how fast.

    python -m benchmarks.ocr_recall

Settings are chosen on one half of the renders, and measured on the other half.
"""

import argparse
import re
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spacy_ita.alignment.ocr.rapidocr import RapidOCR
from spacy_ita.alignment.ocr.tesseract import Tesseract
from spacy_ita.alignment.ocr.tesserocr import Tesserocr
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.protocol import Backend
from spacy_ita.errors import BackendError

from .parts.lettered_photos import lettered_photos

Sample = tuple[Picture, Counter[str]]

ANY = ("any", "light", "dark")
SETTINGS: list[tuple[Any, dict[str, Any]]] = [
    (Tesseract, {}),
    (Tesserocr, {}),
    *((Tesserocr, {"min_side": side}) for side in (0, 1200, 1600)),
    *((Tesserocr, {"binarise": method}) for method in ("adaptive", "sauvola")),
    *((Tesserocr, {"inks": list(inks)}) for inks in (ANY[:2], ANY[1:], ANY)),
    *((Tesserocr, {"inks": list(ANY), "min_confidence": least}) for least in (80.0, 90.0)),
    *((Tesserocr, {"psm": psm}) for psm in (3, 6, 12)),
    *((Tesserocr, {"min_confidence": least}) for least in (30.0, 80.0)),
    (RapidOCR, {}),
    *((RapidOCR, {"min_confidence": least}) for least in (80.0, 95.0)),
]


def words(text: str) -> Counter[str]:
    """Count the words of a text, in lower case and without punctuation."""
    return Counter(re.findall(r"\w+", text.casefold()))


def samples(folder: Path, seed: int, count: int) -> list[Sample]:
    """Write renders as files; returns each with its words."""
    found = []
    for number, (image, said) in enumerate(lettered_photos(seed, count)):
        path = folder / f"{seed}-{number}.png"
        image.save(path)
        found.append((Picture(str(path)), words(" ".join(said))))
    return found


def measure(engine: Backend, renders: list[Sample]) -> list[str]:
    """Measure recall and precision of words in percent, and milliseconds a picture."""
    # the first picture loads the models
    engine([renders[0][0]])
    right = said = read = 0
    start = time.perf_counter()
    for picture, truth in renders:
        lines: Any = engine([picture])[0]
        found = words(" ".join(line["text"] for line in lines))
        right += (found & truth).total()
        said += truth.total()
        read += found.total()
    milliseconds = 1000 * (time.perf_counter() - start) / len(renders)
    return [
        f"{100 * right / said:.1f}",
        f"{100 * right / max(read, 1):.1f}",
        f"{milliseconds:.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--renders", type=int, default=20, help="a half")
    renders = parser.parse_args().renders
    print("| engine | setting | recall | precision | recall | precision | ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with TemporaryDirectory() as folder:
        halves = [samples(Path(folder), seed, renders) for seed in (0, 1)]
        for kind, setting in SETTINGS:
            engine = kind(**setting)
            name = ", ".join(f"{key} = {value}" for key, value in setting.items()) or "defaults"
            try:
                chosen, held_out = (measure(engine, half) for half in halves)
            except BackendError as error:
                print(error)
                continue
            cells = [kind.__name__, name, *chosen[:2], *held_out]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
