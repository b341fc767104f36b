"""VinVL-CRF: an encoder that was pretrained on text and pictures together."""

from typing import Any

from spacy.util import registry
from thinc.api import Model
from torch import Tensor

from ..batches.layout import Inputs
from ..model import Backprop, EncodedWords, encode, encoder_shim
from ..subwords.reader import View
from .vision_model import image_processor_settings, pixel_inputs, read_images


@registry.architectures("spacy_ita.VisionLanguageEncoder.v1")
def build_vision_language_encoder(
    joint: Model[list[View], EncodedWords], vision: Model[list[str], Tensor] | None = None
) -> Model[list[View], EncodedWords]:
    """Build an encoder that reads text and picture jointly, and returns the vectors of the words.

    Without a picture it reads the text alone. Source: ViLT (Kim et al., 2021) and VisualBERT (Li
    et al., 2019), in place of VinVL (Zhang et al., 2021), which transformers lacks.

    Args:
        joint: `spacy_ita.ContextEncoder.v1` over a ViLT, which reads pixels, or a VisualBERT,
            which reads features.
        vision: `spacy_ita.VisionModel.v1` for a VisualBERT, of the width that it was trained on;
            None for a ViLT.
    """
    return Model(
        "vision_language_encoder",
        forward,
        init=init,
        layers=[joint] if vision is None else [joint, vision],
        refs={"joint": joint, "vision": vision},
        dims={"nO": None},
        attrs={"reads_pictures": True, "image_processor": {}},
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load the models.

    Raises:
        ValueError: If they can't work together.
    """
    joint, vision = model.get_ref("joint"), model.maybe_get_ref("vision")
    joint.initialize()
    name, config = joint.attrs["name"], encoder_shim(joint)._model.config
    wanted = {"vilt": False, "visual_bert": True}.get(config.model_type)
    if wanted is None:
        raise ValueError(f"{name!r} is a {config.model_type} model, not ViLT or VisualBERT")
    if wanted != (vision is not None):
        needs = "needs a `vision` model" if wanted else "reads pixels: set `vision` to null"
        raise ValueError(f"{name!r} is a {config.model_type}, which {needs}")
    if vision is None:
        model.attrs["image_processor"] = model.attrs["image_processor"] or image_processor_settings(
            name
        )
    else:
        vision.initialize()
        width = vision.get_dim("nO")
        if width != config.visual_embedding_dim:
            raise ValueError(
                f"{name!r} needs features of width {config.visual_embedding_dim}, but those of "
                f"{vision.attrs['name']!r} have width {width}"
            )
    model.set_dim("nO", joint.get_dim("nO"))


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views, as the context encoder does."""
    joint, vision = model.get_ref("joint"), model.maybe_get_ref("vision")

    def see(inputs: Inputs, paths: list[str]) -> Inputs:
        if vision is not None:
            return {**inputs, "visual_embeds": vision.predict(paths)} if paths else inputs
        mask = inputs["attention_mask"]
        if paths:
            settings, images = model.attrs["image_processor"], read_images(paths)
            return inputs | pixel_inputs(settings, images, mask.device)
        # ViLT insists on a picture: one position that the mask hides
        blank = mask.new_zeros(len(mask), 1)
        image = blank[..., None].float().expand(-1, -1, joint.get_dim("nO"))
        return {**inputs, "image_embeds": image, "pixel_mask": blank}

    return encode(joint, views, is_train, see)
