"""UMGF: a graph of words and visual objects, and layers that fuse its nodes."""

from functools import partial
from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn

from ..encoded_words import EncodedWords
from ..fusion.cross_modal import CrossModalLayer
from ..fusion.gates import VisualGate
from ..fusion.graph import GraphFusionLayer
from ..subwords.reader import View
from .fused import Fused, Fusion, Nodes, fused_encoder
from .picture_nodes import objects as object_nodes


class UMGFFusion(Fusion):
    """Graph fusion, and for each word what it finds among the objects.

    Args:
        width: Width H of the words.
        node_width: Width of the objects.
        heads: Number of attention heads.
        layers: Number of graph-fusion layers.
        dropout: Dropout of each layer.
    """

    def __init__(
        self, width: int, node_width: int, heads: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.output_width = 2 * width
        self.objects = nn.Linear(node_width, width)
        self.layers = nn.ModuleList(GraphFusionLayer(width, heads, dropout) for _ in range(layers))
        self.objects_for_words = CrossModalLayer(width, heads, dropout)
        self.gate = VisualGate(width)

    def forward(self, words: Tensor, mask: Tensor, nodes: Nodes) -> Fused:
        """Return the words' nodes beside what they find among the objects', (B, T, 2H)."""
        objects = self.objects(nodes.vectors)
        for layer in self.layers:
            words, objects = layer(words, mask, objects, nodes.mask)
        found = self.gate(words, self.objects_for_words(words, objects, nodes.mask))
        found = found.masked_fill(~nodes.mask.any(1)[:, None, None], 0.0)
        return Fused(torch.cat([words, found], -1))


@registry.architectures("spacy_ita.UMGFEncoder.v1")
def build_umgf_encoder(
    text: Model[list[View], EncodedWords],
    vision: Model[list[str], Tensor],
    heads: int = 8,
    layers: int = 2,
    objects: int = 4,
    dropout: float = 0.1,
) -> Model[list[View], EncodedWords]:
    """Build UMGF (Zhang et al., 2021): vectors twice as wide as those of `text`.

    The objects are those of `Doc._.image_objects`, beside the whole picture. Without boxes, the
    picture is the one object.

    Args:
        text: `spacy_ita.ContextEncoder.v1`, or another encoder of words.
        vision: `spacy_ita.VisionModel.v1`, which reads the picture and a cut-out for each object.
        heads: Number of attention heads; divides the width of `text`.
        layers: Number of graph-fusion layers.
        objects: Most objects of a picture, the best first.
        dropout: Dropout of the new layers.
    """
    settings: dict[str, Any] = {"heads": heads, "layers": layers, "dropout": dropout}
    look = partial(object_nodes, objects)
    return fused_encoder("umgf_encoder", text, UMGFFusion, look, vision=vision, settings=settings)
