"""Options for reading the posts of a corpus."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ReadOptions:
    """Where a corpus has its pictures.

    Attributes:
        picture_column: Column or key that holds the pictures; "" for `images` or else `image`.
        images: Folder, zip or tar in which the pictures are looked up by name; None for the folder
            of the corpus.
    """

    picture_column: str = ""
    images: Path | None = None


DEFAULT = ReadOptions()
