"""Captions from an image-to-text model of Hugging Face."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import spacy
import torch
from transformers import AutoModelForImageTextToText

from ...deprecations import renamed_arguments
from ...extensions.alignments import Caption
from ..hub.model import HFTextBackend
from ..picture import Picture
from .log_probabilities import mean_log_probabilities
from .picture_feature_cache import remember_pictures, remembering
from .prompts import prompt_inputs


@spacy.registry.misc("spacy_ita.HFCaptioner.v2")
@renamed_arguments(captions="num_return_sequences", beams="num_beams")
class HFCaptioner(HFTextBackend):
    """A captioner: BLIP, BLIP-2, GIT or a VisionEncoderDecoder such as ViT-GPT2.

    name, revision: a folder or a model of the hub.
    num_return_sequences: the most captions of a picture: those that differ.
    num_beams: beams of the search, at least 2 and as many as captions; unused by "nucleus".
    max_new_tokens, min_new_tokens: the length of a caption in tokens.
    prompt: how the model is told to begin, as BLIP's "a photography of"; a caption is what it
        says after that. "" for no prompt.
    sampling: "beam" for the captions that a beam search finds, "nucleus" for captions that are
        drawn: they differ more.
    top_p: the share of the probability that is drawn from.
    seed: of the draw, the same for each picture, so that its captions depend on nothing else.
    Raises ValueError for too few captions, beams or tokens, another sampling, or `top_p` outside
    (0, 1].
    """

    def __init__(
        self,
        name: str,
        revision: str = "main",
        num_return_sequences: int = 5,
        num_beams: int = 5,
        max_new_tokens: int = 30,
        min_new_tokens: int = 0,
        prompt: str = "",
        sampling: Literal["beam", "nucleus"] = "beam",
        top_p: float = 0.9,
        seed: int = 0,
    ) -> None:
        if sampling not in ("beam", "nucleus"):
            raise ValueError(f"sampling must be 'beam' or 'nucleus', not {sampling!r}")
        if num_return_sequences < 1:
            raise ValueError(f"num_return_sequences must be at least 1, not {num_return_sequences}")
        if sampling == "beam" and num_beams < max(num_return_sequences, 2):
            raise ValueError(
                f"num_beams must be at least 2 and at least num_return_sequences "
                f"({num_return_sequences}), not {num_beams}"
            )
        if max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, not {max_new_tokens}")
        if not 0 <= min_new_tokens <= max_new_tokens:
            raise ValueError(
                f"min_new_tokens must be at least 0 and at most max_new_tokens "
                f"({max_new_tokens}), not {min_new_tokens}"
            )
        if not 0 < top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {top_p}")
        super().__init__(name, revision, AutoModelForImageTextToText)
        self.num_return_sequences = num_return_sequences
        self.num_beams = num_beams
        self.max_new_tokens = max_new_tokens
        self.min_new_tokens = min_new_tokens
        self.prompt = prompt
        self.sampling = sampling
        self.top_p = top_p
        self.seed = seed

    @property
    def identity(self) -> Mapping[str, Any]:
        """The captioner's name, weights and parameters."""
        # the names of version 1, by which caches hold their answers
        search: dict[str, Any] = {"beams": self.num_beams}
        if self.sampling == "nucleus":
            search = {"top_p": self.top_p, "seed": self.seed}
        return {
            "backend": "spacy_ita.HFCaptioner.v1",
            "weights": self.fingerprint,
            "captions": self.num_return_sequences,
            "max_new_tokens": self.max_new_tokens,
            "min_new_tokens": self.min_new_tokens,
            "prompt": self.prompt,
            **search,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """The captions of each picture, best first. Raises BackendError without a model."""
        inputs = self.inputs([picture.image for picture in pictures])["pixel_values"]
        if self.sampling == "nucleus":
            return [self._draw(single) for single in inputs.split(1)]
        # The search of a picture ends where no beam can become better than those it has: by the
        # default's guess it goes on as long as its neighbours do, and a caption would depend on
        # the batch; with the first full set (True) it misses likelier captions that are longer
        generated, texts = self._generate(
            inputs,
            do_sample=False,
            num_beams=self.num_beams,
            length_penalty=1.0,
            early_stopping="never",
            output_scores=True,
        )
        scores = generated.sequences_scores.tolist()
        count = self.num_return_sequences
        return [
            _best_first(texts[start : start + count], scores[start : start + count])
            for start in range(0, len(texts), count)
        ]

    def _draw(self, pixel_values: torch.Tensor) -> list[Caption]:
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            generated, texts = self._generate(
                pixel_values,
                do_sample=True,
                num_beams=1,
                top_p=self.top_p,
                top_k=0,
                temperature=1.0,
                output_logits=True,
            )
        ends = {
            self.tokenizer.eos_token_id,
            self.tokenizer.sep_token_id,
            self.tokenizer.pad_token_id,
        }
        tokens = generated.sequences[:, -len(generated.logits) :]
        scores = mean_log_probabilities(tokens, generated.logits, [*(ends - {None})])
        return _best_first(texts, scores)

    def _generate(self, pixel_values: torch.Tensor, **search: Any) -> tuple[Any, list[str]]:
        """What the model generates, and it as texts: those of each picture one after another.

        search: all that decides the search, as checkpoints come with settings of their own.
        """
        prompt: dict[str, torch.Tensor] = {}
        length = 0
        if self.prompt:
            prompt, length = prompt_inputs(
                self.model, self.tokenizer, self.prompt, len(pixel_values)
            )
        with remembering():
            generated = self.model.generate(
                pixel_values=pixel_values,
                **prompt,
                **search,
                num_return_sequences=self.num_return_sequences,
                max_new_tokens=self.max_new_tokens,
                min_new_tokens=self.min_new_tokens,
                return_dict_in_generate=True,
            )
        texts = self.tokenizer.batch_decode(
            generated.sequences[:, length:], skip_special_tokens=True
        )
        return generated, texts

    def read(self) -> None:
        """Read the model, and mend what its class forgets."""
        super().read()
        remember_pictures(self.model)
        if hasattr(self.model, "decoder"):
            # VisionEncoderDecoder says nothing of its decoder's cache, on which a beam search
            # then fails
            self.model._supports_cache_class = self.model.decoder._supports_cache_class


def distinct(captions: Iterable[Caption]) -> list[Caption]:
    """The captions but those that are empty, or differ from an earlier one in case or spaces."""
    seen: dict[str, Caption] = {}
    for caption in captions:
        text = " ".join(caption["text"].split())
        if text:
            seen.setdefault(text.lower(), Caption(text=text, score=caption["score"]))
    return list(seen.values())


def _best_first(texts: Sequence[str], scores: Sequence[float]) -> list[Caption]:
    captions = [Caption(text=text, score=score) for text, score in zip(texts, scores, strict=True)]
    return distinct(sorted(captions, key=lambda caption: -caption["score"]))
