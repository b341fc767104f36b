"""Encoders of words: subwords, rows, windows, and the Hugging Face models that read them."""

from .activations import activation_bytes
from .concatenation import build_concatenated_encoder
from .encoded_words import EncodedWords
from .files import encoders_beside
from .model import Backprop, build_context_encoder, reads_pictures
from .pictures.image_features import build_image_feature_encoder
from .pictures.vision_language import build_vision_language_encoder
from .pictures.vision_model import build_vision_model
from .subwords.reader import View

__all__ = [
    "Backprop",
    "EncodedWords",
    "View",
    "activation_bytes",
    "build_concatenated_encoder",
    "build_context_encoder",
    "build_image_feature_encoder",
    "build_vision_language_encoder",
    "build_vision_model",
    "encoders_beside",
    "reads_pictures",
]
