"""BERT+VinVL-CRF: the vectors of two encoders for each word, concatenated."""

from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor

from .model import Backprop, EncodedWords, reads_pictures
from .subwords.reader import View


@registry.architectures("spacy_ita.ConcatenatedEncoder.v1")
def build_concatenated_encoder(
    first: Model[list[View], EncodedWords], second: Model[list[View], EncodedWords]
) -> Model[list[View], EncodedWords]:
    """Build an encoder that concatenates the vectors of two encoders: their widths add up.

    Args:
        first: An encoder of the package, such as `spacy_ita.ContextEncoder.v1`. It learns.
        second: Another, such as `spacy_ita.VisionLanguageEncoder.v1`. It learns too.
    """
    return Model(
        "concatenated_encoder",
        forward,
        init=init,
        layers=[first, second],
        dims={"nO": None},
        attrs={"reads_pictures": reads_pictures(first) or reads_pictures(second)},
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load both encoders."""
    for layer in model.layers:
        layer.initialize()
    model.set_dim("nO", sum(layer.get_dim("nO") for layer in model.layers))


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views by both encoders.

    Returns:
        The vectors of the words, and a callback that takes their gradient, (B, T, H).
    """
    (first, bp_first), (second, bp_second) = (layer(views, is_train) for layer in model.layers)
    width = first.vectors.shape[-1]

    def backprop(d_vectors: Tensor) -> list[View]:
        bp_first(d_vectors[..., :width].contiguous())
        return bp_second(d_vectors[..., width:].contiguous())

    scores = [w.boundary_scores for w in (first, second) if w.boundary_scores is not None]
    found = EncodedWords(
        torch.cat([first.vectors, second.vectors], -1),
        first.lengths,
        torch.stack(scores).sum(0) if scores else None,
        lambda tags: first.auxiliary_loss(tags) + second.auxiliary_loss(tags),
    )
    return found, backprop
