"""Captions sorted by their similarity to the document's text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import spacy
import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from ...extensions.alignments import Caption
from ..hub.model import HFTextBackend
from ..hub.text_vectors import mean_vectors
from ..hub.wrapper import HFOver
from ..picture import Picture
from ..protocol import Backend
from ..settings import check_range
from ..wrapped_backends import Nested


@spacy.registry.misc("spacy_ita.RelevantCaptions.v1")
class RelevantCaptions(HFOver, HFTextBackend):
    """The captions of another backend, sorted by their similarity to the document's text.

    The score of a caption becomes its cosine with the text, in [-1, 1].

    Args:
        captioner: Backend that writes the captions.
        name: Folder, or name of a model on the hub whose mean vector represents a text, such as
            `sentence-transformers/all-MiniLM-L6-v2`.
        revision: Branch, tag or commit of a model on the hub.
        min_score: Minimum score of a caption; None to keep all. An irrelevant picture loses all of
            its captions.

    Raises:
        ValueError: If `min_score` is out of range.
    """

    def __init__(
        self,
        captioner: Backend,
        name: str,
        revision: str = "main",
        min_score: float | None = None,
    ) -> None:
        if min_score is not None:
            check_range("min_score", min_score, -1, 1)
        super().__init__(name, revision, AutoModel)
        self.inner = Nested(captioner)
        self.min_score = min_score
        self.reads_text = True

    @property
    def least_side(self) -> int | None:
        """Shorter side of a picture, in pixels, that is enough for the captioner."""
        return self.inner.least_side

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Identity of the captioner, weights and minimum score; None if it has no identity."""
        captioner = self.inner.identities
        if captioner is None:
            return None
        return {
            "backend": "spacy_ita.RelevantCaptions.v1",
            "captioner": captioner,
            "weights": self.fingerprint,
            "min_score": self.min_score,
        }

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """Caption each picture, the most relevant caption first.

        Raises:
            BackendError: If a model can't be loaded.
        """
        self.load()
        [captioner] = self.inner.backends
        found = cast("Sequence[Sequence[Caption]]", captioner(pictures))
        texts = [picture.text for picture in pictures]
        vectors = iter(self._vectors(texts + [item["text"] for items in found for item in items]))
        about = [next(vectors) for _ in texts]
        return [
            self._sorted([{**item, "score": float(next(vectors) @ text)} for item in items])
            for items, text in zip(found, about, strict=True)
        ]

    def _sorted(self, captions: list[Caption]) -> list[Caption]:
        least = self.min_score
        kept = [item for item in captions if least is None or item["score"] >= least]
        return sorted(kept, key=lambda item: -item["score"])

    @torch.inference_mode()
    def _vectors(self, texts: Sequence[str]) -> torch.Tensor:
        """Encode texts as unit vectors (N, H)."""
        return normalize(mean_vectors(self.model, self.tokenizer, texts))

    def read(self) -> None:
        """Load the model and its tokenizer; there is no image processor."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        self.model = self.shared()

    def save(self, path: Path) -> None:
        """Write the model and its tokenizer."""
        self.model.save_pretrained(path)
        self.tokenizer.save_pretrained(path)
