"""Image processors: from pictures to the inputs of a vision model."""

from functools import cache
from importlib import import_module
from typing import Any

from PIL import Image
from transformers import AutoImageProcessor, BatchFeature

from .versions import IS_VERSION_4, processor_backend

MAX_SIDE = 2048
"""Maximum side in pixels. Larger pictures are shrunk: OWLv2's processor pads them to a square."""
GREY = (128, 128, 128)
MAX_RATIO = 50
"""Maximum ratio of the sides: CLIP's processor enlarges the shorter one, whatever the other."""


@cache
def has_torchvision() -> bool:
    """Whether torchvision is installed and works.

    It halves the time of a processor, whose pixels differ by at most one grey level.
    """
    try:
        import_module("torchvision.transforms.v2.functional")
    # built for another torch, or linked to a library that is missing
    except (ImportError, RuntimeError, OSError):
        return False
    return True


def load_image_processor(source: str, revision: str) -> Any:
    """Load a model's image processor: by torchvision, or by Pillow where that doesn't work.

    Args:
        source: Folder, or name of the model on the hub.
        revision: Branch, tag or commit of a model on the hub.
    """
    backend = processor_backend(has_torchvision())
    return AutoImageProcessor.from_pretrained(source, revision=revision, **backend)


def pixel_inputs(processor: Any, images: list[Image.Image]) -> BatchFeature:
    """Convert pictures to a model's inputs, on the CPU.

    Args:
        processor: The model's image processor.
        images: Pictures in RGB.

    Returns:
        `pixel_values` of shape (B, C, H, W), and whatever else the processor adds.

    Raises:
        ValueError: If a picture's longer side is more than `MAX_RATIO` times the shorter.
    """
    settings: dict[str, Any] = {"return_tensors": "pt"}
    if not _reads_channels(processor):
        # set explicitly: it guesses wrong for pictures that are 1 or 3 pixels high
        settings["input_data_format"] = "channels_last"
    images = [_bounded(image) for image in images]
    if _pads_with_black(processor):
        images = [_squared(image) for image in images]
    inputs: BatchFeature = processor(images, **settings)
    return inputs


def input_size(processor: Any) -> tuple[int, int] | None:
    """Return the width and height that a processor resizes square pictures to; None if unknown."""
    size = dict(getattr(processor, "size", None) or {})
    side = size.get("shortest_edge")
    width, height = size.get("width", side), size.get("height", side)
    return (width, height) if width and height else None


def _pads_with_black(processor: Any) -> bool:
    """Whether a processor is OWLv2's under transformers 5: the model, and version 4, take grey."""
    return not IS_VERSION_4 and type(processor).__name__.startswith("Owlv2")


def _reads_channels(processor: Any) -> bool:
    """Whether a processor works on tensors, which know their channels, rather than on arrays."""
    in_version_5 = getattr(processor, "backend", "") == "torchvision"
    return in_version_5 or type(processor).__name__.endswith("Fast")


def _squared(image: Image.Image) -> Image.Image:
    """Pad a picture to a square with grey, below and on the right."""
    side = max(image.size)
    square = Image.new("RGB", (side, side), GREY)
    square.paste(image)
    return square


def _bounded(image: Image.Image) -> Image.Image:
    """Shrink a picture to a size that no processor needs much memory for."""
    shorter, longer = sorted(image.size)
    if longer > MAX_RATIO * shorter:
        raise ValueError(
            f"{image.width} x {image.height} pixels are too thin: one side is more than "
            f"{MAX_RATIO} times the other"
        )
    if longer <= MAX_SIDE:
        return image
    small = image.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    return small
