"""Types of alignments: lists of plain dicts, the best first; OCR text in reading order.

If a document has several pictures, their entries follow one another, and each has the number of its
picture, from 0.
"""

from typing import Any

# pydantic needs this TypedDict for the API before Python 3.12
from typing_extensions import NotRequired, TypedDict

from ..deprecations import warn_of_rename

Box = list[float]
"""Left, top, right, bottom, in pixels of the upright picture."""


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class DetectedObject(TypedDict):
    """An object that a detector found; `attribute` is "" for none."""

    label: str
    attribute: str
    score: float
    box: Box
    picture: NotRequired[int]


def tag_of(item: DetectedObject) -> str:
    """Return the tag `attribute object`, or `object` if there is no attribute."""
    return f"{item['attribute']} {item['label']}".strip()


class Caption(TypedDict):
    """A caption; `score` is its length-normalised log-probability under beam search."""

    text: str
    score: float
    picture: NotRequired[int]


class OCRLine(TypedDict):
    """A line of text in the picture; `score` is the mean word confidence in [0, 1]."""

    text: str
    score: float
    box: Box
    picture: NotRequired[int]


class Knowledge(TypedDict):
    """A paragraph of background knowledge about picture and text, by a language model."""

    text: str
    picture: NotRequired[int]


Alignment = list[DetectedObject] | list[Caption] | list[OCRLine] | list[Knowledge]


def __getattr__(name: str) -> Any:
    """Find `OCRLine` by its old name."""
    if name != "Lettering":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warn_of_rename(f"{__name__}.Lettering", "OCRLine")
    return OCRLine
