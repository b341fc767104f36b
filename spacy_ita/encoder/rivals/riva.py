"""RIVA: a picture reaches the words as far as a relation classifier lets it."""

from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ..encoded_words import EncodedWords
from ..fusion.cross_modal import attend
from ..fusion.relation import RelationClassifier, mean_of, relation_gate, relation_losses
from ..subwords.reader import View
from .fused import Fused, Fusion, Nodes, fused_encoder
from .picture_nodes import patches


class RIVAFusion(Fusion):
    """A gated visual context, and an LSTM that reads it with each word.

    A teacher learns to tell pictures of their own post from those of another. The student, which
    is the gate, learns from the teacher's confident answers.

    Args:
        width: Width H of the words; even.
        node_width: Width of the picture's patches.
        heads: Number of attention heads.
        dropout: Dropout of the attention.
        relation_weight: Weight of the losses of teacher and student.
        confidence: The least probability of a teacher's answer that the student learns.
    """

    def __init__(
        self,
        width: int,
        node_width: int,
        heads: int,
        dropout: float,
        relation_weight: float,
        confidence: float,
    ) -> None:
        super().__init__()
        self.output_width = 2 * width
        self.relation_weight = relation_weight
        self.confidence = confidence
        self.patches = nn.Linear(node_width, width)
        self.attention = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.teacher, self.student = RelationClassifier(width), RelationClassifier(width)
        self.lstm = nn.LSTM(2 * width, width // 2, batch_first=True, bidirectional=True)

    def forward(self, words: Tensor, mask: Tensor, nodes: Nodes) -> Fused:
        """Return the words beside what the LSTM makes of them, (B, T, 2H)."""
        texts = mean_of(words, mask)
        patches = self.patches(nodes.vectors)
        pictures = mean_of(patches, nodes.mask)
        sights = attend(self.attention, texts[:, None], patches, nodes.mask)
        gates = relation_gate(self.student(texts, pictures), "soft")
        clues = (gates[:, None, None] * sights).expand_as(words)
        packed = pack_padded_sequence(
            torch.cat([words, clues], -1), mask.sum(1).cpu(), True, enforce_sorted=False
        )
        read, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=words.shape[1]
        )
        seen = nodes.mask.any(1)
        losses = self._losses(texts[seen], pictures[seen]) if self.training else None
        return Fused(torch.cat([words, read], -1), losses=losses)

    def _losses(self, texts: Tensor, pictures: Tensor) -> Tensor:
        """Compute the weighted losses of teacher and student, one for each pair."""
        if len(texts) < 2:
            return texts.new_zeros(0)
        others = pictures.roll(1, 0)
        taught = relation_losses(self.teacher(texts, pictures), self.teacher(texts, others))
        pairs = torch.cat([texts, texts]), torch.cat([pictures, others])
        answers = self.teacher(*pairs).detach().softmax(-1)
        confident = answers.amax(-1) >= self.confidence
        learnt = cross_entropy(self.student(*pairs), answers, reduction="none") * confident
        return self.relation_weight * (taught + learnt)


@registry.architectures("spacy_ita.RIVAEncoder.v1")
def build_riva_encoder(
    text: Model[list[View], EncodedWords],
    vision: Model[list[str], Tensor],
    heads: int = 8,
    dropout: float = 0.1,
    relation_weight: float = 1.0,
    confidence: float = 0.9,
) -> Model[list[View], EncodedWords]:
    """Build RIVA (Sun et al., 2020): vectors twice as wide as those of `text`.

    Args:
        text: `spacy_ita.ContextEncoder.v1`, or another encoder of words.
        vision: `spacy_ita.VisionModel.v1`.
        heads: Number of attention heads; divides the width of `text`.
        dropout: Dropout of the attention.
        relation_weight: Weight of the losses of the relation's teacher and student.
        confidence: The least probability of a teacher's answer that the student learns.
    """
    settings: dict[str, Any] = {
        "heads": heads,
        "dropout": dropout,
        "relation_weight": relation_weight,
        "confidence": confidence,
    }
    return fused_encoder(
        "riva_encoder", text, RIVAFusion, patches, vision=vision, settings=settings
    )
