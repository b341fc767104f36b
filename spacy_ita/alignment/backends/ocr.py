"""Lettering in a picture, read by Tesseract."""

import os
from collections import ChainMap
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import pytesseract
import spacy
from PIL import Image, ImageOps

from ..picture import Picture
from ..types import Lettering
from .base import BackendError

MAX_SCALE = 4.0

# A Tesseract of one thread takes half the time of one of many, and workers don't fight for cores
pytesseract.pytesseract.environ = ChainMap(os.environ, {"OMP_THREAD_LIMIT": "1"})


@spacy.registry.misc("spacy_ita.Tesseract.v1")
class Tesseract:
    """The OCR engine Tesseract, which must be installed.

    languages: names of its models, as `eng+deu`.
    psm: how it segments the page. The default, 11, looks for text anywhere: in posters, signs
        and screenshots words stand apart, and a page layout (3) would join those side by side.
    oem: the engine: 3 for the default of the models, 1 for LSTM alone, 0 for legacy alone.
    min_confidence: the least confidence of a word, in percent.
    min_side: pictures are enlarged, at most fourfold, until their shorter side has so many
        pixels, since Tesseract misses small letters; 0 for never.
    timeout: seconds for a picture, after which it fails; 0 for no limit.
    workers: pictures of a batch that are read at the same time.

    Light lettering on dark ground needs no setting: Tesseract tries both.
    """

    def __init__(
        self,
        languages: str = "eng",
        psm: int = 11,
        oem: int = 3,
        min_confidence: float = 60.0,
        min_side: int = 800,
        timeout: float = 20.0,
        workers: int = 1,
    ) -> None:
        self.languages = languages
        self.psm = psm
        self.oem = oem
        self.min_confidence = min_confidence
        self.min_side = min_side
        self.timeout = timeout
        self.workers = workers

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Tesseract's version and the parameters that change an answer.

        Raises BackendError if Tesseract or one of the languages isn't installed.
        """
        try:
            version = str(pytesseract.get_tesseract_version())
            installed = pytesseract.get_languages()
        # get_tesseract_version ends the process where the version can't be read
        except (pytesseract.TesseractNotFoundError, OSError, SystemExit) as error:
            raise BackendError(
                "Tesseract isn't installed or not on the PATH: apt-get install tesseract-ocr"
            ) from error
        if missing := sorted(set(self.languages.split("+")) - set(installed)):
            packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in missing)
            raise BackendError(
                f"Tesseract has no model for {missing}, only for {sorted(installed)}: "
                f"apt-get install {packages}"
            )
        return {
            "backend": "spacy_ita.Tesseract.v1",
            "version": version,
            "languages": self.languages,
            "psm": self.psm,
            "oem": self.oem,
            "min_confidence": self.min_confidence,
            "min_side": self.min_side,
        }

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Lettering]]:
        """The lines of text in each picture, in Tesseract's reading order."""
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(self._read, pictures))

    def _read(self, picture: Picture) -> list[Lettering]:
        shorter = min(picture.image.size)
        scale = min(max(self.min_side / shorter, 1.0), MAX_SCALE)
        size = [round(side * scale) for side in picture.image.size]
        grey = ImageOps.autocontrast(picture.image.convert("L"))
        words = pytesseract.image_to_data(
            grey.resize((size[0], size[1]), Image.Resampling.LANCZOS),
            lang=self.languages,
            config=f"--psm {self.psm} --oem {self.oem}",
            timeout=self.timeout,
            output_type=pytesseract.Output.DICT,
        )
        lines: dict[tuple[int, int, int], list[int]] = {}
        for index, text in enumerate(words["text"]):
            if text.strip() and words["conf"][index] >= self.min_confidence:
                line = tuple(words[part][index] for part in ("block_num", "par_num", "line_num"))
                lines.setdefault(line, []).append(index)
        return [_lettering(words, line, scale) for line in lines.values()]


def _lettering(words: Mapping[str, list[Any]], line: list[int], scale: float) -> Lettering:
    """The words of one line as one; `scale` is how much the picture was enlarged."""
    sides = [
        min(words["left"][word] for word in line),
        min(words["top"][word] for word in line),
        max(words["left"][word] + words["width"][word] for word in line),
        max(words["top"][word] + words["height"][word] for word in line),
    ]
    return Lettering(
        text=" ".join(words["text"][word] for word in line),
        score=sum(words["conf"][word] for word in line) / len(line) / 100,
        box=[side / scale for side in sides],
    )
