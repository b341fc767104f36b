"""BERT-CRF_ImgFeat: a text encoder with the features of a picture at further positions."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import AutoModel, PretrainedConfig, PreTrainedModel

from ..batches.layout import Inputs
from ..model import Backprop, EncodedWords, encode, encoder_shim, piece_reader
from ..subwords.reader import View


class PictureReader(nn.Module):
    """A text encoder, and a linear layer from features of pictures into its input space."""

    def __init__(self, encoder: PreTrainedModel, width: int) -> None:
        """Add a new linear layer to an encoder.

        Args:
            encoder: The text encoder.
            width: Width of the features; the encoder's configuration keeps it as `picture_width`.
        """
        super().__init__()
        self.encoder = encoder
        embeddings: Any = encoder.get_input_embeddings()
        self.linear = nn.Linear(width, embeddings.embedding_dim)
        self.config = encoder.config
        self.config.picture_width = width

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        features: Tensor | None = None,
        gates: Tensor | None = None,
        **inputs: Tensor,
    ) -> Any:
        """Encode texts, with the features of a picture at the R positions after each text.

        Where there are token types, features have that of a second segment.

        Args:
            input_ids: Subwords, (B, T).
            attention_mask: The mask, (B, T); without features, any form that the encoder takes.
            features: Features of the pictures, (B, R, D); None for the text alone.
            gates: Factors of each picture's projected features, (B,); None for 1.
            inputs: Further inputs of the encoder.

        Returns:
            The encoder's output.
        """
        if features is None:
            return self.encoder(input_ids=input_ids, attention_mask=attention_mask, **inputs)
        projected = self.linear(features)
        if gates is not None:
            projected = gates[:, None, None] * projected
        room = features.shape[1]
        after = attention_mask.sum(1, keepdim=True) + torch.arange(
            room, device=attention_mask.device
        )
        words = self.encoder.get_input_embeddings()(pad(input_ids, (0, room)))
        places = after[..., None].expand_as(projected)
        if "token_type_ids" in inputs:
            types = pad(inputs["token_type_ids"], (0, room))
            inputs["token_type_ids"] = types.scatter(1, after, 1)
        return self.encoder(
            inputs_embeds=words.scatter(1, places, projected.to(words.dtype)),
            attention_mask=pad(attention_mask, (0, room)).scatter(1, after, 1),
            **inputs,
        )


@registry.architectures("spacy_ita.ImageFeatureEncoder.v1")
def build_image_feature_encoder(
    text: Model[list[View], EncodedWords], vision: Model[list[str], Tensor]
) -> Model[list[View], EncodedWords]:
    """Build an encoder that reads `words [SEP] context [SEP] features of the picture`.

    Without a picture it reads what `text` reads. Source: BERT-CRF with image features, a baseline
    of ITA (Wang et al., 2022, section 4.2), with the input of VisualBERT (Li et al., 2019).

    Args:
        text: `spacy_ita.ContextEncoder.v1`. Each row reserves a position for each feature.
        vision: `spacy_ita.VisionModel.v1`. A linear layer projects its features, and learns at
            the rate of `learn_rate_factors.linear`.
    """
    return picture_reading_encoder("image_feature_encoder", text, vision, PictureReader)


def picture_reading_encoder(
    name: str,
    text: Model[list[View], EncodedWords],
    vision: Model[list[str], Tensor],
    reader: Callable[[PreTrainedModel, int], PictureReader],
) -> Model[list[View], EncodedWords]:
    """Build an encoder whose text encoder is wrapped by a reader of pictures.

    Args:
        name: Name of the layer.
        text: `spacy_ita.ContextEncoder.v1`.
        vision: `spacy_ita.VisionModel.v1`.
        reader: Wraps an encoder, given the width of the features.
    """
    encoder_shim(text).make = partial(_read_by, reader)
    return Model(
        name,
        forward,
        init=init,
        layers=[text, vision],
        refs={"text": text, "vision": vision},
        dims={"nO": None},
        attrs={"reads_pictures": True, "reader": reader},
    )


def _read_by(
    reader: Callable[[PreTrainedModel, int], PictureReader], config: PretrainedConfig
) -> PictureReader:
    """Build a reader with fresh weights."""
    return reader(AutoModel.from_config(config), config.picture_width)


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load both models, and make the linear layer between them unless there is one.

    Raises:
        ValueError: If the features take more than half of the encoder's positions.
    """
    text, vision = model.get_ref("text"), model.get_ref("vision")
    vision.initialize()
    text.initialize()
    shim = encoder_shim(text)
    if not isinstance(shim._model, PictureReader):
        reader = model.attrs["reader"](shim._model, vision.get_dim("nO"))
        shim.hold(reader, shim.tokenizer)
    text.attrs["picture_positions"] = features = vision.attrs["features"]
    left = piece_reader(text).max_pieces
    if left < features:
        raise ValueError(
            f"{vision.attrs['name']!r} gives {features} features for a picture, which leaves "
            f"the text only {left} positions of {text.attrs['name']!r}; use a vision model with "
            f"larger patches"
        )
    model.set_dim("nO", text.get_dim("nO"))


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views, as the context encoder does."""
    vision = model.get_ref("vision")

    def see(inputs: Inputs, paths: list[str]) -> Inputs:
        return {**inputs, "features": vision.predict(paths)} if paths else inputs

    return encode(model.get_ref("text"), views, is_train, see)
