"""What the engines that read lettering share."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from ...extensions.alignments import Lettering
from ..picture import Picture
from .lines import reading_order

ORDER = "rows"
"""For identities: in which order an answer is, so that one in another isn't taken from a cache."""


class OCREngine:
    """Reads the pictures of a batch, some at the same time.

    workers: how many. Raises ValueError for none.
    """

    at_once: ClassVar[int] = 1
    """Pictures that a worker reads by one call, at most."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers = workers

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Lettering]]:
        """Read the lines of text in each picture, in reading order."""
        size = min(self.at_once, -(-len(pictures) // self.workers)) or 1
        shares = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        with ThreadPoolExecutor(self.workers) as pool:
            read = pool.map(self.read, shares)
            return [reading_order(found) for share in read for found in share]

    def read(self, pictures: Sequence[Picture]) -> list[list[Lettering]]:
        """Read the lines of at most `at_once` pictures, each in any order."""
        raise NotImplementedError
