"""From what documents are read."""

from enum import Enum
from typing import Literal, get_args

ViewName = Literal["auto", "text", "image"]
"""The settings of `crf_ner`'s `view`, which `CrossViewNER` explains."""


def checked_view(name: str, view: ViewName) -> ViewName:
    """Return a view that exists. Raises ValueError for any other, with the pipe's name."""
    if view not in get_args(ViewName):
        raise ValueError(f"{name}: view must be 'auto', 'text' or 'image', not {view!r}")
    return view


class Views(str, Enum):
    """What documents are read from: the text alone, the text and the picture, or each in turn."""

    T = "T"
    IT = "I+T"
    BOTH = "both"
