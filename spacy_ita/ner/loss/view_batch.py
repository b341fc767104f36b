"""The views of a batch of documents that a loss needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from ...context import NO_CONTEXT, Context
from ...encoder import View
from ..prediction.recalibration import ViewKind
from .cross_view import CrossViewLoss


@dataclass(frozen=True)
class ViewBatch:
    """The views of a batch of documents.

    Args:
        views: The T views, then the views that they are paired with, usually the I+T views.
        text: Index of the document of each T view.
        image: Index of the document of each of the others.
    """

    views: list[View]
    text: list[int]
    image: list[int]

    @property
    def documents(self) -> list[int]:
        """Index of the document of each view."""
        return self.text + self.image

    def rows(self, preferred: ViewKind) -> dict[int, int]:
        """Map each document to the row of its preferred view, or of the only one that it has."""
        of_text = {d: row for row, d in enumerate(self.text)}
        of_image = {d: row for row, d in enumerate(self.image, len(self.text))}
        return of_image | of_text if preferred == "text" else of_text | of_image

    @classmethod
    def for_training(
        cls, docs: Sequence[Doc], contexts: Sequence[Context], loss: CrossViewLoss
    ) -> "ViewBatch":
        """Choose the views that a loss needs.

        Without a context, a document has the T view alone, unless the loss pairs T with itself.
        """
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
