"""The views of a batch of documents that a loss needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor

from ...context import NO_CONTEXT, Context
from ...encoder import View, activation_bytes
from ..prediction.recalibration import ViewKind
from ..words import Words
from .cross_view import CrossViewLoss
from .gradient_accumulation import parts_of


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

    def parts(self, encoder: Model[Any, Any] | None) -> list[tuple[Sequence[int], "ViewBatch"]]:
        """Divide the documents into parts whose activations fit into memory.

        Args:
            encoder: The encoder; None for one part alone, which listeners get as a whole.

        Returns:
            The indices of each part's documents, and its views.
        """
        sizes = [0] * (1 + max(self.documents))
        estimated = activation_bytes(encoder, self.views) if encoder else [0] * len(self.views)
        for document, size in zip(self.documents, estimated, strict=True):
            sizes[document] += size
        parts = parts_of(sizes)
        if len(parts) == 1:
            return [(parts[0], self)]
        return [(part, self._part(part)) for part in parts]

    def _part(self, documents: Sequence[int]) -> "ViewBatch":
        new = {document: number for number, document in enumerate(documents)}
        views = zip(self.views, self.documents, strict=True)
        return ViewBatch(
            [view for view, document in views if document in new],
            [new[document] for document in self.text if document in new],
            [new[document] for document in self.image if document in new],
        )

    def padded(self, tags: Sequence[Sequence[int]]) -> Tensor:
        """Return the tags of each view, (B, T), from those of each document."""
        # padding must not look like a missing tag
        return torch.tensor(list(zip_longest(*(tags[d] for d in self.documents), fillvalue=0))).T

    @classmethod
    def for_training(
        cls, docs: Sequence[Doc], contexts: Sequence[Context], loss: CrossViewLoss
    ) -> "ViewBatch":
        """Choose the views that a loss needs.

        Without a context, a document has the T view alone, unless the loss pairs T with itself.
        """
        words = [Words.of(doc).texts for doc in docs]
        again = loss.pair == "T"
        if again:
            contexts = [NO_CONTEXT] * len(docs)
        paired = [loss.reads_pair and bool(again or context) for context in contexts]
        text = [d for d, pair in enumerate(paired) if loss.reads_text or not pair]
        image = [d for d, pair in enumerate(paired) if pair]
        views = [View(words[d], NO_CONTEXT) for d in text]
        views += [View(words[d], contexts[d]) for d in image]
        return cls(views, text, image)
