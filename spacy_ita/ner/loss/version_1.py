"""The first version of the cross-view loss's arguments, for configs and saved pipelines."""

from typing import Literal

from spacy.util import registry

from ...deprecations import warn_of_rename
from .cross_view import CrossViewLoss


@registry.misc("spacy_ita.CrossViewLoss.v1")
def make_cross_view_loss_v1(  # noqa: PLR0917 - as in the first version
    text: float = 1.0,
    image: float = 0.5,
    kl_weight: float = 0.5,
    kl: Literal["token", "sequence"] = "token",
    temperature: float = 2.0,
    direction: Literal["image_to_text", "both"] = "image_to_text",
    pair: Literal["image", "text"] = "image",
    teacher_decay: float = 0.0,
) -> CrossViewLoss:
    """Make a `CrossViewLoss`: `text` and `image` are now `text_weight` and `image_weight`."""
    warn_of_rename("spacy_ita.CrossViewLoss.v1", "spacy_ita.CrossViewLoss.v2")
    return CrossViewLoss(
        text,
        image,
        kl_weight,
        kl,
        temperature,
        direction,
        "T" if pair == "text" else "I+T",
        teacher_decay,
    )
