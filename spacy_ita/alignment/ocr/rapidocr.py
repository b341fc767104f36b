"""OCR by RapidOCR, with the PP-OCR networks."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

import spacy
from PIL import Image

from ...extensions.alignments import OCRLine
from ...extras import optional
from ..picture import Picture
from ..settings import check_range
from .backend import ORDER, OCREngine

ONE_THREAD = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
"""Settings for one thread per network: ONNX Runtime's threads don't survive a fork, and `workers`
are the threads here."""

MAX_SIDE = 2000
"""Maximum side in pixels; RapidOCR shrinks longer pictures anyway."""
MAX_RATIO = 4


@spacy.registry.misc("spacy_ita.RapidOCR.v1")
class RapidOCR(OCREngine):
    """The OCR engine RapidOCR: networks in ONNX Runtime that detect lines of text and read them.

    The networks (PP-OCRv6 small: Chinese, English and other languages in Latin letters) come with
    the package, so nothing is downloaded.

    Args:
        min_confidence: Minimum confidence of a line, in percent.
        workers: Number of pictures of a batch that are read at the same time.

    Raises:
        ValueError: If `workers` is below 1, or `min_confidence` is out of range.
    """

    def __init__(self, min_confidence: float = 60.0, workers: int = 1) -> None:
        super().__init__(workers)
        check_range("min_confidence", min_confidence, 0, 100)
        self.min_confidence = min_confidence

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Version of the package, which is also that of its networks, and parameters.

        Raises:
            BackendError: If the package can't be imported.
        """
        optional("rapidocr", extra="rapidocr")
        return {
            "backend": "spacy_ita.RapidOCR.v1",
            "version": version("rapidocr"),
            "min_confidence": self.min_confidence,
            "order": ORDER,
        }

    def read(self, pictures: Sequence[Picture]) -> list[list[OCRLine]]:
        """Read the lines of pictures, one after another."""
        return [self._lines(picture) for picture in pictures]

    def _lines(self, picture: Picture) -> list[OCRLine]:
        scale = min(MAX_SIDE / max(picture.image.size), 1.0)
        found = self._engine(_framed(picture.image, scale), text_score=self.min_confidence / 100)
        if not found.txts:
            return []
        return [
            OCRLine(text=text, score=score, box=[*corners.min(axis=0), *corners.max(axis=0)])
            for text, score, corners in zip(
                found.txts, found.scores, found.boxes / scale, strict=True
            )
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_engine"}

    @cached_property
    def _engine(self) -> Any:
        module = optional("rapidocr", extra="rapidocr")
        optional("onnxruntime", extra="rapidocr")
        return module.RapidOCR(params={**ONE_THREAD, "Global.log_level": "error"})


def _framed(image: Image.Image, scale: float) -> Image.Image:
    """Scale a picture, and pad a strip with white.

    RapidOCR enlarges the shorter side, and a long strip would take gigabytes.
    """
    width, height = (max(round(side * scale), 1) for side in image.size)
    least = max(width, height) // MAX_RATIO
    framed = Image.new("RGB", (max(width, least), max(height, least)), "white")
    framed.paste(image.resize((width, height)))
    return framed
