"""Captions of several captioners."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import spacy

from ...extensions.alignments import Caption
from ..picture import Picture
from ..protocol import Backend
from ..wrapped_backends import Nested
from .hf import distinct


@spacy.registry.misc("spacy_ita.CaptionEnsemble.v1")
class CaptionEnsemble(Nested):
    """The captions of several captioners: the best of each, then the second of each, and so on.

    Scores of different models can't be compared, so ranks decide, and scores stay unchanged.
    Captions that differ only in case or white space are kept once, with the score of the first.

    Args:
        backends: At least two captioners; in a config,
            `[components.image_captions.backend.*.blip]`.

    Raises:
        ValueError: If there are fewer than two.
    """

    def __init__(self, *backends: Backend) -> None:
        if len(backends) < 2:
            raise ValueError(f"an ensemble needs at least two captioners, not {len(backends)}")
        super().__init__(*backends)

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Identities of the captioners; None if one has none."""
        identities = self.identities
        if identities is None:
            return None
        return {"backend": "spacy_ita.CaptionEnsemble.v1", "captioners": identities}

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """Caption each picture.

        Raises:
            BackendError: If a captioner can't run.
        """
        answers = [backend(pictures) for backend in self.backends]
        return [
            distinct(caption for rank in zip_longest(*found) for caption in rank if caption)
            for found in zip(*answers, strict=True)
        ]
