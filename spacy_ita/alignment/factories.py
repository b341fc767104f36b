"""The alignment pipes as spaCy factories."""

from collections.abc import Callable
from typing import Any

from spacy.language import Language

from ..extensions import attributes
from .cache import AlignmentCache
from .checks import Item
from .component import ImageAligner
from .types import Caption, DetectedObject, Knowledge, Lettering

DETECTOR = {
    "@misc": "spacy_ita.HFDetector.v1",
    "name": "facebook/detr-resnet-50",
    # the main revision needs timm
    "revision": "no_timm",
}
CAPTIONER = {
    "@misc": "spacy_ita.HFCaptioner.v1",
    "name": "Salesforce/blip-image-captioning-base",
}
OCR = {"@misc": "spacy_ita.Tesseract.v1"}
KNOWLEDGE = {"@misc": "spacy_ita.Recorded.v1", "path": "knowledge.jsonl", "part": "knowledge"}
SETTINGS: dict[str, Any] = {
    "cache": None,
    "batch_size": 16,
    "strict": False,
    "overwrite": False,
    "attrs": {},
}

# `backend` is Any, as spaCy would check a protocol by isinstance: see ImageAligner


def _register(extension: str, item: Item, backend: dict[str, Any]) -> Callable[..., ImageAligner]:
    """The factory that is named as the extension that its pipe sets."""

    def make(
        nlp: Language,
        name: str,
        backend: Any,
        cache: AlignmentCache | None,
        batch_size: int,
        strict: bool,
        overwrite: bool,
        attrs: dict[str, str],
    ) -> ImageAligner:
        """The settings are `ImageAligner`'s. attrs: other names for the extensions, from the
        field names of `Attributes`."""
        names = attributes(attrs)
        return ImageAligner(
            name,
            backend,
            attrs=names,
            target=getattr(names, extension),
            item=item,
            cache=cache,
            batch_size=batch_size,
            strict=strict,
            overwrite=overwrite,
        )

    factory: Callable[..., ImageAligner] = Language.factory(
        extension,
        assigns=[f"doc._.{extension}"],
        default_config={"backend": backend, **SETTINGS},
        func=make,
    )
    return factory


make_image_objects = _register("image_objects", DetectedObject, DETECTOR)
"""The pipe that tags the objects in a picture (LA)."""
make_image_captions = _register("image_captions", Caption, CAPTIONER)
"""The pipe that captions a picture (GA)."""
make_image_ocr = _register("image_ocr", Lettering, OCR)
"""The pipe that reads the lettering in a picture (OCA)."""
make_image_knowledge = _register("image_knowledge", Knowledge, KNOWLEDGE)
"""The pipe that tells what picture and text speak of (the auxiliary knowledge of Li et al., 2023,
"Prompting ChatGPT in MNER")."""
