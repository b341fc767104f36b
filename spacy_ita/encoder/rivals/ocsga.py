"""OCSGA: dense co-attention of the words and the labels of the picture's objects."""

from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor

from ...context import NO_CONTEXT
from ..encoded_words import EncodedWords
from ..fusion.co_attention import CoAttention
from ..subwords.reader import View
from .fused import Fused, Fusion, Nodes, fused_encoder


class OCSGAFusion(Fusion):
    """Co-attention of words and labels, and a linear layer from what each word found.

    Args:
        width: Width H of the words and the labels.
        node_width: The same.
        heads: Number of attention heads.
        layers: Number of co-attention layers.
        dropout: Dropout of each layer.
    """

    def __init__(
        self, width: int, node_width: int, heads: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.output_width = 2 * width
        self.co_attention = CoAttention(width, heads, layers, dropout)

    def forward(self, words: Tensor, mask: Tensor, nodes: Nodes) -> Fused:
        """Return the words beside those that the objects guided, (B, T, 2H)."""
        guided, _ = self.co_attention(words, mask, nodes.vectors, nodes.mask)
        return Fused(torch.cat([words, guided], -1))


def labels(model: Model[Any, Any], views: list[View], is_train: bool) -> Nodes:
    """Find the vectors of the words of each context, which are labels of objects.

    The encoder of the words reads them as a text of their own, and learns from them.
    """
    texts = [
        [word for part in view.context.parts for label in part for word in label.split()]
        for view in views
    ]
    rows = [row for row, words in enumerate(texts) if words]
    text = model.get_ref("text")
    if not rows:
        return Nodes.none(model, len(views), text.get_dim("nO"))
    encoded, learn = text([View(texts[row], NO_CONTEXT) for row in rows], is_train)
    return Nodes.placed(len(views), rows, encoded, learn)


@registry.architectures("spacy_ita.OCSGAEncoder.v1")
def build_ocsga_encoder(
    text: Model[list[View], EncodedWords], heads: int = 8, layers: int = 2, dropout: float = 0.1
) -> Model[list[View], EncodedWords]:
    """Build OCSGA (Wu et al., 2020): vectors twice as wide as those of `text`.

    It reads the labels of a picture's objects, not the picture: the tagger's context must be that
    of the objects alone, `mode = "LA"`.

    Args:
        text: `spacy_ita.ContextEncoder.v1`, or `spacy_ita.RecurrentEncoder.v1` as in the paper.
        heads: Number of attention heads; divides the width of `text`.
        layers: Number of co-attention layers.
        dropout: Dropout of the new layers.
    """
    settings: dict[str, Any] = {"heads": heads, "layers": layers, "dropout": dropout}
    return fused_encoder("ocsga_encoder", text, OCSGAFusion, labels, settings=settings)
