"""Captions from a Hugging Face image-to-text model."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import spacy
import torch
from transformers import AutoModelForImageTextToText

from ...deprecations import renamed_arguments
from ...extensions.alignments import Caption
from ..hub.half_precision import in_half_precision
from ..hub.model import HFTextBackend
from ..picture import Picture
from .log_probabilities import mean_log_probabilities
from .picture_feature_cache import remember_pictures, remembering
from .prompts import prompt_inputs


@spacy.registry.misc("spacy_ita.HFCaptioner.v2")
@renamed_arguments(captions="num_return_sequences", beams="num_beams")
class HFCaptioner(HFTextBackend):
    """A captioner: BLIP, BLIP-2, GIT or a VisionEncoderDecoder such as ViT-GPT2.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        num_return_sequences: Maximum number of captions per picture; equal ones count once.
        num_beams: Number of beams of the search, at least two and as many as captions. Nucleus
            sampling ignores it.
        max_new_tokens: Maximum length of a caption, in the model's tokens.
        min_new_tokens: Minimum length of a caption, in the model's tokens.
        prompt: Beginning of every caption, such as BLIP's "a photography of", which is left out of
            the result; "" for none.
        sampling: "beam" for the captions of a beam search, "nucleus" for sampled ones, which differ
            more.
        top_p: Share of the probability that nucleus sampling samples from.
        seed: Seed of the sampling, set again for each picture, so that captions depend on the
            picture alone.

    Raises:
        ValueError: If there are too few captions, beams or tokens, `sampling` is unknown, or
            `top_p` is outside (0, 1].
    """

    # captioners read 224 to 768 pixels
    least_side = 1024

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
        """Name of the backend, weights and parameters."""
        # the names of version 1 are the keys of existing caches
        search: dict[str, Any] = {"beams": self.num_beams}
        if self.sampling == "nucleus":
            search = {"top_p": self.top_p, "seed": self.seed}
        return {
            "backend": "spacy_ita.HFCaptioner.v1",
            **self.weights,
            "captions": self.num_return_sequences,
            "max_new_tokens": self.max_new_tokens,
            "min_new_tokens": self.min_new_tokens,
            "prompt": self.prompt,
            **search,
        }

    @torch.inference_mode()
    def __call__(self, pictures: Sequence[Picture]) -> list[list[Caption]]:
        """Caption each picture, the best caption first.

        Raises:
            BackendError: If the model can't be loaded.
        """
        found: list[list[Caption]] = [[] for _ in pictures]
        for indices, inputs in self.batches(pictures):
            write = self._search if self.sampling == "beam" else self._sample
            with in_half_precision():
                captions = write(inputs["pixel_values"])
            for index, best in zip(indices, captions, strict=True):
                found[index] = best
        return found

    def _search(self, pixel_values: torch.Tensor) -> list[list[Caption]]:
        # "never" ends a picture's search when no beam can still become better. By default, it goes
        # on as long as that of its neighbours, so captions would depend on the batch; True ends it
        # with the first full set, and misses likelier captions that are longer
        generated, texts = self._generate(
            pixel_values,
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

    def _sample(self, pixel_values: torch.Tensor) -> list[list[Caption]]:
        return [self._draw(single) for single in pixel_values.split(1)]

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
        """Generate captions.

        Args:
            pixel_values: The pictures (B, C, H, W).
            search: Every setting of the search, as checkpoints come with settings of their own.

        Returns:
            The output of the model, and its texts, picture by picture.
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
        """Load the model, and work around missing defaults in its class."""
        super().read()
        remember_pictures(self.model)
        # VisionEncoderDecoder of transformers 4 doesn't pass the flag on, and beam search fails
        supported = getattr(getattr(self.model, "decoder", None), "_supports_cache_class", None)
        if supported is not None:
            self.model._supports_cache_class = supported


def distinct(captions: Iterable[Caption]) -> list[Caption]:
    """Drop captions that are empty, or equal an earlier one but for case and white space."""
    seen: dict[str, Caption] = {}
    for caption in captions:
        text = " ".join(caption["text"].split())
        if text:
            seen.setdefault(text.lower(), Caption(text=text, score=caption["score"]))
    return list(seen.values())


def _best_first(texts: Sequence[str], scores: Sequence[float]) -> list[Caption]:
    captions = [Caption(text=text, score=score) for text, score in zip(texts, scores, strict=True)]
    return distinct(sorted(captions, key=lambda caption: -caption["score"]))
