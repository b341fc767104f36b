"""UMT: words and picture attend to each other, and a text-only task finds the entities' bounds."""

from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn

from ...crf import LinearChainCRF, TagScheme, boundaries_of
from ..encoded_words import EncodedWords
from ..fusion.cross_modal import CrossModalLayer
from ..fusion.gates import VisualGate
from ..subwords.reader import View
from .fused import Fused, Fusion, Nodes, fused_encoder
from .picture_nodes import patches

BOUNDARIES = TagScheme(("entity",))
"""O, B, I, E and S, of entities whatever their label."""


class UMTFusion(Fusion):
    """The multimodal interaction of UMT and its entity span detection.

    Args:
        width: Width H of the words.
        node_width: Width of the picture's patches.
        heads: Number of attention heads.
        dropout: Dropout of each layer.
        span_weight: Weight of the loss of entity span detection.
    """

    def __init__(
        self, width: int, node_width: int, heads: int, dropout: float, span_weight: float
    ) -> None:
        super().__init__()
        self.output_width = 2 * width
        self.span_weight = span_weight
        self.patches = nn.Linear(node_width, width)
        self.joint_words, self.plain_words = (
            CrossModalLayer(width, heads, dropout) for _ in range(2)
        )
        self.patches_by_words, self.words_by_patches, self.patches_for_words = (
            CrossModalLayer(width, heads, dropout) for _ in range(3)
        )
        self.gate = VisualGate(width)
        self.boundaries = nn.Linear(width, len(BOUNDARIES.tags))
        self.crf = LinearChainCRF(BOUNDARIES)

    def forward(self, words: Tensor, mask: Tensor, nodes: Nodes) -> Fused:
        """Return image-aware words beside what they see, (B, T, 2H), and the boundaries' scores."""
        joint = self.joint_words(words, words, mask)
        patches = self.patches(nodes.vectors)
        # image-aware words: patches ask the words, and the words ask these patches
        read = self.patches_by_words(patches, joint, mask)
        aware = self.words_by_patches(joint, read, nodes.mask)
        # word-aware picture: what each word sees, as far as the gate lets it pass
        sights = self.gate(aware, self.patches_for_words(joint, patches, nodes.mask))
        sights = sights.masked_fill(~nodes.mask.any(1)[:, None, None], 0.0)
        scores = self.boundaries(self.plain_words(words, words, mask))
        return Fused(torch.cat([aware, sights], -1), scores)

    def auxiliary_loss(self, sides: Fused, lengths: Tensor, tags: Tensor) -> Tensor | float:
        """Compute the weighted NLL of the entities' boundaries, a mean over the views."""
        assert sides.boundary_scores is not None
        chain = self.crf.chain(sides.boundary_scores, lengths)
        return -self.span_weight * chain.log_likelihood(boundaries_of(tags)).mean()


@registry.architectures("spacy_ita.UMTEncoder.v1")
def build_umt_encoder(
    text: Model[list[View], EncodedWords],
    vision: Model[list[str], Tensor],
    heads: int = 8,
    dropout: float = 0.1,
    span_weight: float = 0.5,
) -> Model[list[View], EncodedWords]:
    """Build UMT (Yu et al., 2020): vectors twice as wide as those of `text`.

    The tagger adds the scores of boundaries, divided among the labels, to those of its tags: the
    conversion matrix of section 3.4.

    Args:
        text: `spacy_ita.ContextEncoder.v1`, or another encoder of words.
        vision: `spacy_ita.VisionModel.v1`.
        heads: Number of attention heads; divides the width of `text`.
        dropout: Dropout of the new layers.
        span_weight: Weight of the loss of entity span detection, lambda in the paper.
    """
    settings: dict[str, Any] = {"heads": heads, "dropout": dropout, "span_weight": span_weight}
    return fused_encoder("umt_encoder", text, UMTFusion, patches, vision=vision, settings=settings)
