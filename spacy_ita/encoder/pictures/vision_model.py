"""A frozen vision model: from pictures to features, one for each patch or cell of the grid."""

from collections.abc import Callable, Sequence
from typing import Any

import srsly
import torch
import transformers
from PIL import Image
from spacy.util import registry
from thinc.api import Model
from thinc.types import ArgsKwargs
from torch import Tensor
from transformers import AutoConfig, AutoImageProcessor, AutoModel

from ...alignment.hub.made_up_weights import refuse_made_up_weights
from ...alignment.hub.versions import processor_backend
from ...alignment.hub.weights import fetch_hint
from ...alignment.picture import Picture
from ..files import ModuleFiles, folder_beside, next_folder
from ..shim import ModuleShim

BLANK = Image.new("RGB", (64, 64))


class VisionShim(ModuleShim):
    """Holds a vision model. Within `encoders_beside` it is saved in a folder of its own."""

    def to_bytes(self) -> bytes:
        """Serialise the model; where it has a folder, the bytes only name it."""
        if self._model is None or (folder := next_folder()) is None:
            return super().to_bytes()
        ModuleFiles.of(self._model).to_folder(folder)
        return bytes(srsly.msgpack_dumps({"folder": folder.name}))

    def from_bytes(self, bytes_data: bytes) -> "VisionShim":
        """Load what `to_bytes` returned; the weights of a folder are mapped into memory."""
        if "folder" in srsly.msgpack_loads(bytes_data):
            files = ModuleFiles.from_folder(folder_beside())
            self.hold(files.module(AutoModel.from_config), files.config)
        else:
            super().from_bytes(bytes_data)
        return self


@registry.architectures("spacy_ita.VisionModel.v1")
def build_vision_model(name: str) -> Model[list[str], Tensor]:
    """Build a layer from the paths of pictures to their features, (B, R, D).

    The features are those of the last layer: R patches, or cells of the grid, D wide. The model is
    saved with the pipeline.

    Args:
        name: A vision model (ViT, DINOv2, ResNet, ...) or one with a vision tower (CLIP, SigLIP),
            by its name on the hub or its folder. Only `initialize` reads it.
    """
    return Model(
        "vision_model",
        forward,
        init=init,
        dims={"nO": None},
        attrs={"name": name, "image_processor": {}, "features": 0},
        shims=[VisionShim(_from_config)],
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load the model by its name, unless there is one, and count its features.

    Raises:
        OSError: If the model isn't on disk and can't be fetched.
        ValueError: If its checkpoint lacks weights.
    """
    shim: Any = model.shims[0]
    if shim._model is None:
        name = model.attrs["name"]
        with fetch_hint(name):
            config = AutoConfig.from_pretrained(name)
            config = getattr(config, "vision_config", config)
            vision, found = AutoModel.from_pretrained(name, config=config, output_loading_info=True)
        try:
            refuse_made_up_weights(vision, list(found["missing_keys"]))
        except ValueError as error:
            raise ValueError(f"{name!r} can't be the vision model: {error}") from error
        shim.hold(vision.float(), vision.config.to_dict())
        model.attrs["image_processor"] = image_processor_settings(name)
    _, model.attrs["features"], width = features_of(model, [BLANK]).shape
    model.set_dim("nO", width)


def forward(
    model: Model[list[str], Tensor], paths: list[str], is_train: bool
) -> tuple[Tensor, Callable[[Tensor], list[str]]]:
    """Compute the features of each picture.

    Returns:
        The features, (B, R, D), and a callback that ignores their gradient.

    Raises:
        PictureError: If a picture can't be read.
    """
    return features_of(model, read_images(paths)), lambda gradient: []


def features_of(model: Model[list[str], Tensor], images: Sequence[Image.Image]) -> Tensor:
    """Compute the features of decoded pictures, (B, R, D)."""
    shim: Any = model.shims[0]
    pixels = pixel_inputs(model.attrs["image_processor"], images, shim.device)
    found = shim.predict(ArgsKwargs(args=(), kwargs=pixels)).last_hidden_state
    # the output of convolutional networks is a map, (B, D, rows, columns)
    return found if found.ndim == 3 else found.flatten(2).transpose(1, 2)


def _from_config(model_type: str, **settings: Any) -> torch.nn.Module:
    return AutoModel.from_config(AutoConfig.for_model(model_type, **settings))


def read_images(paths: Sequence[str]) -> list[Image.Image]:
    """Decode pictures.

    Raises:
        PictureError: If one can't be read.
    """
    return [Picture(path).image for path in paths]


def image_processor_settings(name: str) -> dict[str, Any]:
    """Return the settings of a model's image processor as plain values.

    Args:
        name: The model's name on the hub, or its folder.
    """
    # the slow processor, which every installation has
    settings: dict[str, Any] = AutoImageProcessor.from_pretrained(
        name, **processor_backend(torchvision=False)
    ).to_dict()
    return settings


def pixel_inputs(
    settings: dict[str, Any], images: Sequence[Image.Image], device: torch.device
) -> dict[str, Tensor]:
    """Prepare pictures for a model.

    Args:
        settings: Settings of its image processor.
        images: The pictures.
        device: Device of the model.

    Returns:
        `pixel_values`, (B, C, H, W), and further inputs such as masks.
    """
    processor = getattr(transformers, settings["image_processor_type"]).from_dict(settings)
    # set explicitly: the processor's guess is wrong for pictures that are 1 or 3 pixels high
    batch = processor(list(images), input_data_format="channels_last", return_tensors="pt")
    return dict(batch.to(device))
