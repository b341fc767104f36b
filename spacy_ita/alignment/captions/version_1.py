"""The first version of the captioner's arguments, for configs and saved pipelines."""

from typing import Literal

from spacy.util import registry

from ...deprecations import warn_of_rename
from .hf import HFCaptioner


@registry.misc("spacy_ita.HFCaptioner.v1")
def make_hf_captioner_v1(
    name: str,
    revision: str = "main",
    captions: int = 5,
    beams: int = 5,
    max_new_tokens: int = 30,
    min_new_tokens: int = 0,
    prompt: str = "",
    sampling: Literal["beam", "nucleus"] = "beam",
    top_p: float = 0.9,
    seed: int = 0,
) -> HFCaptioner:
    """Make an `HFCaptioner`; for `num_return_sequences` and `num_beams`, `captions` and `beams`."""
    warn_of_rename("spacy_ita.HFCaptioner.v1", "spacy_ita.HFCaptioner.v2")
    return HFCaptioner(
        name,
        revision,
        captions,
        beams,
        max_new_tokens,
        min_new_tokens,
        prompt,
        sampling,
        top_p,
        seed,
    )
