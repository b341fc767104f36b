"""From what documents are read."""

from enum import Enum
from typing import Literal

ViewName = Literal["auto", "text", "image"]
"""The settings of `crf_ner`'s `view`, which `CrossViewNER` explains."""


class Views(str, Enum):
    """What documents are read from: the text alone, the text and the picture, or each in turn."""

    T = "T"
    IT = "I+T"
    BOTH = "both"
