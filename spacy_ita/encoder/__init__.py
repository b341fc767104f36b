"""The context encoder: pieces, rows, windows, and the Hugging Face model that reads them."""

from .model import EncodedWords, build_context_encoder
from .pieces import View

__all__ = ["EncodedWords", "View", "build_context_encoder"]
