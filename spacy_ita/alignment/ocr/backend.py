"""The base of OCR backends."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from ...extensions.alignments import OCRLine
from ..picture import Picture
from .lines import reading_order

ORDER = "rows"
"""Order of the lines, as a part of each identity: a cache may hold answers in another order."""


class OCREngine:
    """An OCR backend that reads several pictures of a batch at the same time.

    Args:
        workers: Number of pictures that are read at the same time.

    Raises:
        ValueError: If `workers` is below 1.
    """

    in_background: ClassVar[bool] = True
    """Detector and captioner work on the next pictures while these are read."""
    at_once: ClassVar[int] = 1
    """Maximum number of pictures that a worker reads in one call."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers = workers

    def __call__(self, pictures: Sequence[Picture]) -> list[list[OCRLine]]:
        """Read the lines of text in each picture, in reading order."""
        size = min(self.at_once, -(-len(pictures) // self.workers)) or 1
        shares = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        with ThreadPoolExecutor(self.workers) as pool:
            read = pool.map(self.read, shares)
            return [reading_order(found) for share in read for found in share]

    def read(self, pictures: Sequence[Picture]) -> list[list[OCRLine]]:
        """Read the lines of at most `at_once` pictures, each in any order."""
        raise NotImplementedError
