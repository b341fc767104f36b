"""From what documents are read."""

from enum import Enum


class Views(str, Enum):
    """What documents are read from: the text alone, the text and the picture, or each in turn."""

    T = "T"
    IT = "I+T"
    BOTH = "both"
