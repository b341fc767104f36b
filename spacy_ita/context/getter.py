"""The getter of `Doc._.image_context`, the context of the default formatter as a string."""

from dataclasses import dataclass, replace

from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes, derive
from .formatter import ContextFormatter


@dataclass(frozen=True)
class ContextGetter:
    """A getter that formats a Doc's alignments; getters of the same alignments are equal."""

    image_objects: str
    image_captions: str
    image_ocr: str

    @classmethod
    def of(cls, attrs: Attributes) -> "ContextGetter":
        """Create the getter for the alignments under these names."""
        return cls(attrs.image_objects, attrs.image_captions, attrs.image_ocr)

    def __call__(self, doc: Doc) -> str:
        """Return the context of a Doc."""
        return str(ContextFormatter()(doc, replace(DEFAULTS, **vars(self))))


derive("image_context", ContextGetter.of)
