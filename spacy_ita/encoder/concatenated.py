"""BERT+VinVL-CRF: what two encoders say of a word, side by side."""

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
    """An encoder whose vectors are those of two encoders, concatenated: their widths add up.

    first, second: encoders of the package, as a `spacy_ita.ContextEncoder.v1` and a
        `spacy_ita.VisionLanguageEncoder.v1`. Both learn.
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
    """Encode the views by both. The callback takes the gradient of the vectors, (B, T, H)."""
    (first, bp_first), (second, bp_second) = (layer(views, is_train) for layer in model.layers)
    width = first.vectors.shape[-1]

    def backprop(d_vectors: Tensor) -> list[View]:
        bp_first(d_vectors[..., :width].contiguous())
        return bp_second(d_vectors[..., width:].contiguous())

    return EncodedWords(torch.cat([first.vectors, second.vectors], -1), first.lengths), backprop
