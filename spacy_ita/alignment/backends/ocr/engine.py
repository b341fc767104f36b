"""What the engines that read lettering share."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ...picture import Picture
from ...types import Lettering
from .lines import reading_order

ORDER = "rows"
"""For identities: in which order an answer is, so that one in another isn't taken from a cache."""


class OCREngine:
    """Reads the pictures of a batch, some at the same time.

    workers: how many. Raises ValueError for none.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers = workers

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Lettering]]:
        """The lines of text in each picture, in reading order."""
        with ThreadPoolExecutor(self.workers) as pool:
            return [reading_order(found) for found in pool.map(self.read, pictures)]

    def read(self, picture: Picture) -> list[Lettering]:
        """The lines of one picture, in any order."""
        raise NotImplementedError
