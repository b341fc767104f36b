"""The encoders of words: pieces, rows, windows, and the Hugging Face models that read them."""

from .concatenated import build_concatenated_encoder
from .image_features import build_image_feature_encoder
from .model import Backprop, EncodedWords, build_context_encoder, reads_pictures
from .pieces import View
from .vision import build_vision_model
from .vision_language import build_vision_language_encoder

__all__ = [
    "Backprop",
    "EncodedWords",
    "View",
    "build_concatenated_encoder",
    "build_context_encoder",
    "build_image_feature_encoder",
    "build_vision_language_encoder",
    "build_vision_model",
    "reads_pictures",
]
