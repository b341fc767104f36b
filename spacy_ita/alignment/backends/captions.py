"""Captions from an image-to-text model of Hugging Face."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
import torch
from transformers import AutoModelForImageTextToText, AutoTokenizer

from ..picture import Picture
from ..types import Caption
from .hf import HFBackend


@spacy.registry.misc("spacy_ita.HFCaptioner.v1")
class HFCaptioner(HFBackend):
    """A captioner that needs no prompt: BLIP, GIT or a VisionEncoderDecoder such as ViT-GPT2.

    name, revision: a folder or a model of the hub.
    captions: how many captions a picture, at most: those that differ.
    beams: beams of the search, at least two and as many as captions.
    max_new_tokens, min_new_tokens: the length of a caption in tokens.
    Raises ValueError for too few captions or beams.
    """

    def __init__(
        self,
        name: str,
        revision: str = "main",
        captions: int = 5,
        beams: int = 5,
        max_new_tokens: int = 30,
        min_new_tokens: int = 0,
    ) -> None:
        if captions < 1 or beams < max(captions, 2):
            raise ValueError(
                f"captions must be at least 1 and beams at least 2 and as many as captions, "
                f"not {captions} captions and {beams} beams"
            )
        super().__init__(name, revision, AutoModelForImageTextToText)
        self.tokenizer: Any = None
        self.captions = captions
        self.beams = beams
        self.max_new_tokens = max_new_tokens
        self.min_new_tokens = min_new_tokens

    @property
    def identity(self) -> Mapping[str, Any]:
        """The captioner's name, weights and parameters."""
        return {
            "backend": "spacy_ita.HFCaptioner.v1",
            "weights": self.fingerprint,
            "captions": self.captions,
            "beams": self.beams,
            "max_new_tokens": self.max_new_tokens,
            "min_new_tokens": self.min_new_tokens,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """The captions of each picture, best first. Raises BackendError without a model."""
        generated = self._generate(self.inputs(list(pictures))["pixel_values"])
        texts = self.tokenizer.batch_decode(generated.sequences, skip_special_tokens=True)
        scores = generated.sequences_scores.tolist()
        return [
            _distinct(texts[start : start + self.captions], scores[start : start + self.captions])
            for start in range(0, len(texts), self.captions)
        ]

    def _generate(self, pixel_values: torch.Tensor) -> Any:
        # All that decides the search is said, as checkpoints come with settings of their own. It
        # stops on a picture's own beams: by default it goes on as long as its neighbours do, and
        # a caption would depend on the batch
        return self.model.generate(
            pixel_values=pixel_values,
            do_sample=False,
            num_beams=self.beams,
            num_return_sequences=self.captions,
            max_new_tokens=self.max_new_tokens,
            min_new_tokens=self.min_new_tokens,
            length_penalty=1.0,
            early_stopping=True,
            return_dict_in_generate=True,
            output_scores=True,
        )

    def read(self) -> None:
        """Read the tokenizer too."""
        self.tokenizer = AutoTokenizer.from_pretrained(self._source, revision=self.revision)
        super().read()
        if hasattr(self.model, "decoder"):
            # VisionEncoderDecoder says nothing of its decoder's cache, on which a beam search
            # then fails
            self.model._supports_cache_class = self.model.decoder._supports_cache_class

    def save(self, path: Path) -> None:
        """Write the tokenizer too."""
        super().save(path)
        self.tokenizer.save_pretrained(path)


def _distinct(texts: Sequence[str], scores: Sequence[float]) -> list[Caption]:
    """The captions, best first, without those that are empty or differ in case or spaces."""
    captions: dict[str, Caption] = {}
    for score, text in sorted(zip(scores, texts, strict=True), key=lambda pair: -pair[0]):
        text = " ".join(text.split())
        if text:
            captions.setdefault(text.lower(), Caption(text=text, score=score))
    return list(captions.values())
