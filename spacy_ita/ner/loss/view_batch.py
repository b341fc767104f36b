"""Which views of a batch of documents a loss reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from ...context import NO_CONTEXT, Context
from ...encoder import View
from ..scores.recalibration import ViewKind
from .cross_view import CrossViewLoss


@dataclass(frozen=True)
class ViewBatch:
    """views: all T views, then those they are paired with, the I+T views. text, image: the
    document of each, by number."""

    views: list[View]
    text: list[int]
    image: list[int]

    @property
    def documents(self) -> list[int]:
        """The document of each view."""
        return self.text + self.image

    def rows(self, preferred: ViewKind) -> dict[int, int]:
        """Find the row of each document in the preferred view, or in the one that it has."""
        of_text = {d: row for row, d in enumerate(self.text)}
        of_image = {d: row for row, d in enumerate(self.image, len(self.text))}
        return of_image | of_text if preferred == "text" else of_text | of_image

    @classmethod
    def for_training(
        cls, docs: Sequence[Doc], contexts: Sequence[Context], loss: CrossViewLoss
    ) -> "ViewBatch":
        """The views that the loss needs: T alone of a document without a context, unless T is
        what it is paired with."""
        words = [[token.text for token in doc] for doc in docs]
        again = loss.pair == "T"
        if again:
            contexts = [NO_CONTEXT] * len(docs)
        paired = [loss.reads_pair and bool(again or context) for context in contexts]
        text = [d for d, pair in enumerate(paired) if loss.reads_text or not pair]
        image = [d for d, pair in enumerate(paired) if pair]
        views = [View(words[d], NO_CONTEXT) for d in text]
        views += [View(words[d], contexts[d]) for d in image]
        return cls(views, text, image)
