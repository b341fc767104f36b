"""What an alignment holds: plain dicts, the best first (lettering: in reading order)."""

# pydantic, which shows these in the API, needs this one before Python 3.12
from typing_extensions import TypedDict

Box = list[float]
"""Left, top, right, bottom, in pixels of the upright picture."""


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class DetectedObject(TypedDict):
    """A tag of the object detector: `attribute` is "" where the detector gives none."""

    label: str
    attribute: str
    score: float
    box: Box


def tag_of(item: DetectedObject) -> str:
    """`attribute object`, or the object alone where it has no attribute."""
    return f"{item['attribute']} {item['label']}".strip()


class Caption(TypedDict):
    """A caption; `score` is its length-normalised log-probability under beam search."""

    text: str
    score: float


class Lettering(TypedDict):
    """A line of text in the picture; `score` is the mean word confidence in [0, 1]."""

    text: str
    score: float
    box: Box


class Knowledge(TypedDict):
    """A paragraph about what picture and text speak of, as a language model writes it."""

    text: str


Alignment = list[DetectedObject] | list[Caption] | list[Lettering] | list[Knowledge]
