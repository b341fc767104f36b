"""The search for the annotated posts nearest to a post."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from ...errors import BackendError
from ..hub.similarity import SimilarityModel
from ..picture import Picture, PictureError
from .examples import Example, letters_of

SAVED_VECTORS, SAVED_ENCODER = "vectors.safetensors", "encoder"


class ExampleSearch:
    """A search among examples by the similarity of texts, and of pictures if the encoder sees.

    Args:
        examples: N examples.
        encoder: Folder or name of the encoder.
        revision: Branch, tag or commit of the encoder.
        shots: Number of examples to find.
        picture_weight: Share of the pictures in the similarity.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        encoder: str,
        revision: str,
        shots: int,
        picture_weight: float,
    ) -> None:
        self.examples = examples
        self.encoder = SimilarityModel(encoder, revision)
        self.shots = shots
        self.picture_weight = picture_weight
        self._letters = [letters_of(one.text) for one in examples]
        self._vectors: dict[str, torch.Tensor] = {}

    @property
    def identity(self) -> Mapping[str, Any]:
        """Examples, the encoder's weights, and the settings of the search."""
        # pictures move when a pipeline is saved
        rows = [(one.text, one.knowledge, one.entities) for one in self.examples]
        return {
            "examples": hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
            "encoder": self.encoder.fingerprint,
            "shots": self.shots,
            "picture_weight": self.picture_weight,
        }

    def nearest(self, pictures: Sequence[Picture]) -> list[list[Example]]:
        """Find the examples nearest to each post, the nearest last.

        Raises:
            BackendError: If the encoder can't be loaded, or an example's picture can't be read.
        """
        self.load()
        weight = self.picture_weight if "images" in self._vectors else 0.0
        texts = self.encoder.texts([picture.text for picture in pictures])
        scores = (1 - weight) * (texts @ self._vectors["texts"].T)
        if weight:
            images = self.encoder.images([picture.image for picture in pictures])
            scores += weight * (images @ self._vectors["images"].T)
        return [
            self._best(row, picture.text) for row, picture in zip(scores, pictures, strict=True)
        ]

    def _best(self, scores: torch.Tensor, text: str) -> list[Example]:
        order = scores.argsort(descending=True, stable=True).tolist()
        own = letters_of(text)
        found = [self.examples[place] for place in order if self._letters[place] != own]
        return found[: self.shots][::-1]

    def load(self) -> None:
        """Load the encoder, and encode the examples unless their vectors were saved."""
        self.encoder.load()
        if self._vectors:
            return
        vectors = {"texts": self.encoder.texts([one.text for one in self.examples])}
        if self.encoder.sees and self.picture_weight:
            vectors["images"] = self._pictures(vectors["texts"].shape[1])
        self._vectors = vectors

    def _pictures(self, width: int) -> torch.Tensor:
        """Encode the examples' pictures (N, H); zeros stand for a missing one."""
        found = torch.zeros(len(self.examples), width)
        for place, example in enumerate(self.examples):
            if example.image:
                try:
                    image = Picture(example.image).image
                except PictureError as error:
                    raise BackendError(f"the picture of an example: {error}") from error
                found[place] = self.encoder.images([image])[0]
        return found

    def to_disk(self, path: Path) -> None:
        """Write the encoder and the examples' vectors."""
        self.load()
        save_file(self._vectors, path / SAVED_VECTORS)
        (path / SAVED_ENCODER).mkdir(exist_ok=True)
        self.encoder.to_disk(path / SAVED_ENCODER)

    def from_disk(self, path: Path) -> None:
        """Use what `to_disk` wrote."""
        self._vectors = load_file(path / SAVED_VECTORS)
        self.encoder.from_disk(path / SAVED_ENCODER)
