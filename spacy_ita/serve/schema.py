"""Schemas of the API's answers, as in its OpenAPI document."""

from typing import Literal

from pydantic import BaseModel, Field

from ..extensions.alignments import Caption, DetectedObject, Knowledge, OCRLine

ViewChoice = Literal["T", "I+T", "both", "text", "image"]
"""The last two are old names of the first two."""


class Entity(BaseModel):
    """An entity, from its first character to the one after its last.

    The confidence is a probability; null for an entity that another pipe found.
    """

    text: str
    label: str
    start: int
    end: int
    confidence: float | None


class Alignments(BaseModel):
    """Alignments of the pictures; null if not requested, or if the backend failed.

    With several pictures, each entry has the number of its picture, from 0.
    """

    objects: list[DetectedObject] | None = Field(description="LA, the most confident first")
    captions: list[Caption] | None = Field(description="GA, the best first")
    lettering: list[OCRLine] | None = Field(description="OCA, in reading order")
    knowledge: list[Knowledge] | None


class BrokenPicture(BaseModel):
    """A picture of several that can't be read: its number from 0, and why."""

    picture: int
    detail: str


class Drawn(BaseModel):
    """HTML of the answer, and a drawing of the pictures with their alignments as a data URL."""

    text: str | None
    image: str | None
    alignments: str
    picture: str | None


class Annotation(BaseModel):
    """Entities by view, null for a view that wasn't requested; I+T needs a picture."""

    text: list[Entity] | None = Field(description="T: read without the picture")
    image: list[Entity] | None = Field(description="I+T: read with the picture")
    alignments: Alignments
    context: str = Field(description="what the encoder read after [SEP]")
    failed: list[str] = Field(description="pipes that were asked for and gave no alignment")
    broken: list[BrokenPicture] = Field(description="pictures that were left out, of several")
    drawn: Drawn | None = Field(description="only with `draw`")


class Health(BaseModel):
    """The loaded pipeline."""

    status: Literal["ok"]
    pipeline: str
    alignments: list[str]
    labels: list[str]


class Problem(BaseModel):
    """The reason of a refusal."""

    detail: str
