"""RpBERT: BERT over words and picture, twice; its first reading decides how much picture counts."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, Literal

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn
from transformers import PreTrainedModel

from ..encoded_words import EncodedWords
from ..fast_paths.word_positions import asking_for, word_positions
from ..fusion.relation import relation_gate, relation_losses
from ..pictures.image_features import PictureReader, picture_reading_encoder
from ..subwords.reader import View


class RelationReader(PictureReader):
    """A reader of text and picture, whose [CLS] classifies their relation.

    Args:
        encoder: The text encoder, which reads twice with the same weights.
        width: Width of the picture's features.
        propagation: How the relation weighs the features in the second reading; "none" for one
            reading that takes them as they are.
        relation_weight: Weight of the loss of the relation.
    """

    def __init__(
        self,
        encoder: PreTrainedModel,
        width: int,
        propagation: Literal["soft", "hard", "none"],
        relation_weight: float,
    ) -> None:
        super().__init__(encoder, width)
        self.propagation = propagation
        self.relation_weight = relation_weight
        # named for its learning rate
        self.fusion = nn.Linear(encoder.config.hidden_size, 2)

    def forward(  # type: ignore[override]
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        features: Tensor | None = None,
        **inputs: Tensor,
    ) -> Any:
        """Encode texts with the features of their pictures.

        Args:
            input_ids: Subwords, (B, T).
            attention_mask: The mask, (B, T); without features, any form that the encoder takes.
            features: Features of the pictures, (B, R, D); None for the text alone.
            inputs: Further inputs of the encoder.

        Returns:
            The encoder's output. In training it has `losses`, (2B,), those of the relation of each
            text with its picture and with the next one, if there are two.
        """
        read = partial(super().forward, input_ids, attention_mask)
        if features is None or self.propagation == "none":
            return read(features=features, **inputs)
        relation = self._relation(read, features, inputs)
        gates = relation_gate(relation, self.propagation)
        output = read(features=features, gates=gates, **inputs)
        if self.training and len(features) > 1:
            shuffled = self._relation(read, features.roll(1, 0), inputs)
            output.losses = self.relation_weight * relation_losses(relation, shuffled)
        return output

    def _relation(
        self, read: Callable[..., Any], features: Tensor, inputs: dict[str, Tensor]
    ) -> Tensor:
        """Return the relation's logits, (B, 2), for texts with some features."""
        first = torch.zeros(len(features), 1, dtype=torch.long, device=features.device)
        # where the last layer is asked for the words alone, it is now asked for [CLS] alone
        with asking_for(first) if word_positions() is not None else nullcontext():
            found = read(features=features, **inputs).last_hidden_state[:, 0]
        logits: Tensor = self.fusion(found)
        return logits


@registry.architectures("spacy_ita.RpBERTEncoder.v1")
def build_rpbert_encoder(
    text: Model[list[View], EncodedWords],
    vision: Model[list[str], Tensor],
    propagation: Literal["soft", "hard", "none"] = "soft",
    relation_weight: float = 1.0,
) -> Model[list[View], EncodedWords]:
    """Build RpBERT (Sun et al., 2021): vectors as wide as those of `text`.

    Args:
        text: `spacy_ita.ContextEncoder.v1`. Each row reserves a position for each feature.
        vision: `spacy_ita.VisionModel.v1`. A linear layer projects its features, and learns at
            the rate of `learn_rate_factors.linear`.
        propagation: Relation propagation: "soft" weighs the picture by the probability that it
            belongs to the text, "hard" takes or drops it. "none" is the model without it.
        relation_weight: Weight of the loss of the relation.
    """
    reader = partial(RelationReader, propagation=propagation, relation_weight=relation_weight)
    return picture_reading_encoder("rpbert_encoder", text, vision, reader)
