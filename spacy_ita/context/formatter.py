"""The context formatter, from a Doc's alignments to the text after the separator."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, cast, get_args

from spacy.tokens import Doc
from spacy.util import registry

from ..extensions import Attributes
from ..extensions.alignments import Box, DetectedObject, tag_of
from .several_pictures import Entries, by_picture, by_relevance

Part = list[str]
"""Segments of one alignment, the best first; the separator [X] joins them."""


@dataclass(frozen=True)
class Context:
    """The input of an encoder beside the text.

    Attributes:
        parts: One part per alignment and picture; they share the room of a row fairly.
        groups: The picture of each part; the pictures share the room fairly first, then the parts
            of each. Empty for a single picture.
        picture: Path of the picture, for an encoder that reads pictures; otherwise "".
        boxes: Boxes of the objects in it, the best first, for an encoder that reads pictures.
    """

    parts: list[Part] = field(default_factory=list)
    picture: str = ""
    boxes: list[Box] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.parts or self.picture)

    def __str__(self) -> str:
        return " [X] ".join(segment for part in self.parts for segment in part)


NO_CONTEXT = Context()
NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Repeated = Literal["keep", "merge", "count"]
Pictures = Literal["joined", "by picture", "relevance"]
Writer = Callable[[Entries], Iterator[str]]

Formatter = Callable[[Doc, Attributes], Context]


KINDS = ("LA", "GA", "OCA", "K")
"""Names of objects, captions, OCR text and knowledge in a mode."""


def alignments_of(mode: str) -> list[str]:
    """Split a context mode into the alignments that it reads, in order.

    Raises:
        ValueError: If the mode is unknown, or names an alignment twice.
    """
    names = ["GA", "LA", "OCA"] if mode == "All" else mode.split("+")
    if not set(names) <= set(KINDS) or len(set(names)) < len(names):
        raise ValueError(
            f"unknown context mode {mode!r}: give 'All', or some of {', '.join(KINDS)} "
            f"joined by '+'"
        )
    return names


@registry.misc("spacy_ita.ContextFormatter.v1")
class ContextFormatter:
    """A formatter that writes alignments as in ITA (Wang et al., 2022, section 3.1).

    Args:
        mode: Alignments in the desired order, joined by "+": "LA" (objects, `a1 o1 a2 o2 ...`),
            "GA" (captions, joined by [X]), "OCA" (OCR text), "K" (knowledge, as in PGIM: Li et al.,
            2023). "All" means "GA+LA+OCA".
        captions: Maximum number of captions, the best first; None for all.
        objects: Maximum number of object tags, the best first; None for all.
        repeated: Treatment of a tag `a o` that occurs several times, such as for each person in a
            picture: "keep" writes it each time, as in ITA, "merge" once, "count" once with its
            number (`two person`).
        pictures: Order for a document with several pictures: "joined" writes the captions of all
            of them, then their objects and so on, "by picture" all of the first picture, then of
            the next, and "relevance" likewise, from the picture on that shares most words with the
            text. Each has the same room, if it needs it. A tag or a line that an earlier picture
            has is left out. The limits hold for each picture.
        knowledge: Maximum number of paragraphs of knowledge, the first ones; None for all.

    Raises:
        ValueError: If `mode`, `repeated` or `pictures` is unknown, or a number is negative.
    """

    def __init__(
        self,
        mode: str = "All",
        captions: int | None = 5,
        objects: int | None = None,
        repeated: Repeated = "keep",
        pictures: Pictures = "joined",
        knowledge: int | None = None,
    ) -> None:
        if pictures not in get_args(Pictures):
            raise ValueError(
                f"pictures must be 'joined', 'by picture' or 'relevance', not {pictures!r}"
            )
        if repeated not in get_args(Repeated):
            raise ValueError(f"repeated must be 'keep', 'merge' or 'count', not {repeated!r}")
        limits = {"captions": captions, "objects": objects, "knowledge": knowledge}
        for name, limit in limits.items():
            if limit is not None and limit < 0:
                raise ValueError(f"{name} can't be negative: {limit}")
        self.captions = captions
        self.objects = objects
        self.repeated = repeated
        self.pictures = pictures
        self.knowledge = knowledge
        writers: dict[str, tuple[str, Writer]] = {
            "LA": ("image_objects", self._objects),
            "GA": ("image_captions", self._captions),
            "OCA": ("image_ocr", self._texts_joined),
            "K": ("image_knowledge", self._paragraphs),
        }
        self._writers = [writers[name] for name in alignments_of(mode)]

    def __call__(self, doc: Doc, attrs: Attributes) -> Context:
        """Format the context of a Doc; it is false if all alignments are empty."""
        extensions = doc._
        found = [extensions.get(getattr(attrs, field)) or [] for field, _ in self._writers]
        alignments = [by_picture(entries) for entries in found]
        pictures = sorted({number for alignment in alignments for number in alignment})
        order = list(product(range(len(alignments)), pictures))
        if self.pictures == "relevance":
            pictures = by_relevance(doc, pictures, alignments)
        if self.pictures != "joined":
            order = [(kind, number) for number in pictures for kind in range(len(alignments))]
        parts: list[Part] = []
        groups: list[int] = []
        for kind, number in order:
            _, write = self._writers[kind]
            if part := [s for s in write(alignments[kind].get(number, [])) if s.strip()]:
                parts.append(part)
                groups.append(number)
        return Context(parts, groups=groups if len(pictures) > 1 else [])

    def _objects(self, objects: Entries) -> Iterator[str]:
        tags = [tag_of(cast("DetectedObject", item)) for item in objects]
        if self.repeated == "merge":
            tags = list(dict.fromkeys(tags))
        elif self.repeated == "count":
            tags = [f"{_number(count)} {tag}".strip() for tag, count in Counter(tags).items()]
        yield " ".join(tags[: self.objects])

    def _captions(self, captions: Entries) -> Iterator[str]:
        yield from (caption["text"] for caption in captions[: self.captions])

    def _texts_joined(self, lines: Entries) -> Iterator[str]:
        yield " ".join(line["text"] for line in lines)

    def _paragraphs(self, paragraphs: Entries) -> Iterator[str]:
        yield from (paragraph["text"] for paragraph in paragraphs[: self.knowledge])


def _number(count: int) -> str:
    """Write a number before a noun: "" for one, words up to ten, then digits."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
