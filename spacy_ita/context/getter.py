"""`Doc._.image_context`: the context that the default formatter writes, as a string."""

from dataclasses import dataclass, replace

from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes, derive
from .formatter import ContextFormatter


@dataclass(frozen=True)
class ContextGetter:
    """Formats a Doc's alignments. Equals another getter of the same alignments."""

    image_objects: str
    image_captions: str
    image_ocr: str

    @classmethod
    def of(cls, attrs: Attributes) -> "ContextGetter":
        """Make the getter of the alignments under these names."""
        return cls(attrs.image_objects, attrs.image_captions, attrs.image_ocr)

    def __call__(self, doc: Doc) -> str:
        """Return the context."""
        return str(ContextFormatter()(doc, replace(DEFAULTS, **vars(self))))


derive("image_context", ContextGetter.of)
