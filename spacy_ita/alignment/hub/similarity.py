"""Similarity of posts, by a sentence encoder or by a model with towers for pictures and texts."""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

from .image_processors import load_image_processor
from .model import HFTextBackend
from .text_vectors import mean_vectors, pooled, text_vectors

BATCH = 32


class SimilarityModel(HFTextBackend):
    """A sentence encoder, such as MiniLM, or CLIP or SigLIP, which compare pictures too.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
    """

    def __init__(self, name: str, revision: str = "main") -> None:
        super().__init__(name, revision, AutoModel)

    @property
    def sees(self) -> bool:
        """Whether the model has a tower for pictures."""
        self.load()
        return hasattr(self.model, "get_image_features")

    @torch.inference_mode()
    def texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Encode texts as unit vectors (N, H)."""
        encode = text_vectors if self.sees else mean_vectors
        return normalize(encode(self.model, self.tokenizer, texts)).float().cpu()

    @torch.inference_mode()
    def images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        """Encode pictures as unit vectors (N, H)."""
        batches = (list(images[at : at + BATCH]) for at in range(0, len(images), BATCH))
        pixels = (self.inputs(batch)["pixel_values"] for batch in batches)
        found = torch.cat([pooled(self.model.get_image_features(part)) for part in pixels])
        return normalize(found).float().cpu()

    def read(self) -> None:
        """Load the tokenizer and the model, and an image processor if the model has a tower."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        self.model = self.shared()
        if hasattr(self.model, "get_image_features"):
            self.image_processor = load_image_processor(self._source, self.revision)

    def save(self, path: Path) -> None:
        """Write the parts that `read` loaded."""
        for part in (self.model, self.tokenizer, self.image_processor):
            if part is not None:
                part.save_pretrained(path)
