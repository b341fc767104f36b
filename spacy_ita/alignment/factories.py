"""The three pipes as spaCy factories."""

from typing import Any

from spacy.language import Language

from ..extensions import attributes
from .cache import AlignmentCache
from .component import ImageAligner
from .types import Caption, DetectedObject, Lettering

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
SETTINGS: dict[str, Any] = {
    "cache": None,
    "batch_size": 16,
    "strict": False,
    "overwrite": False,
    "attrs": {},
}

# `backend` is Any, as spaCy would check a protocol by isinstance: see ImageAligner


@Language.factory(
    "image_objects",
    assigns=["doc._.image_objects"],
    default_config={"backend": DETECTOR, **SETTINGS},
)
def make_image_objects(
    nlp: Language,
    name: str,
    backend: Any,
    cache: AlignmentCache | None,
    batch_size: int,
    strict: bool,
    overwrite: bool,
    attrs: dict[str, str],
) -> ImageAligner:
    """The pipe that tags the objects in a picture (LA); the settings are `ImageAligner`'s.

    attrs: other names for the extensions, from the field names of `Attributes`.
    """
    names = attributes(attrs)
    return ImageAligner(
        name,
        backend,
        image_path=names.image_path,
        target=names.image_objects,
        item=DetectedObject,
        cache=cache,
        batch_size=batch_size,
        strict=strict,
        overwrite=overwrite,
    )


@Language.factory(
    "image_captions",
    assigns=["doc._.image_captions"],
    default_config={"backend": CAPTIONER, **SETTINGS},
)
def make_image_captions(
    nlp: Language,
    name: str,
    backend: Any,
    cache: AlignmentCache | None,
    batch_size: int,
    strict: bool,
    overwrite: bool,
    attrs: dict[str, str],
) -> ImageAligner:
    """The pipe that captions a picture (GA); the settings are `ImageAligner`'s.

    attrs: other names for the extensions, from the field names of `Attributes`.
    """
    names = attributes(attrs)
    return ImageAligner(
        name,
        backend,
        image_path=names.image_path,
        target=names.image_captions,
        item=Caption,
        cache=cache,
        batch_size=batch_size,
        strict=strict,
        overwrite=overwrite,
    )


@Language.factory(
    "image_ocr",
    assigns=["doc._.image_ocr"],
    default_config={"backend": OCR, **SETTINGS},
)
def make_image_ocr(
    nlp: Language,
    name: str,
    backend: Any,
    cache: AlignmentCache | None,
    batch_size: int,
    strict: bool,
    overwrite: bool,
    attrs: dict[str, str],
) -> ImageAligner:
    """The pipe that reads the lettering in a picture (OCA); the settings are `ImageAligner`'s.

    attrs: other names for the extensions, from the field names of `Attributes`.
    """
    names = attributes(attrs)
    return ImageAligner(
        name,
        backend,
        image_path=names.image_path,
        target=names.image_ocr,
        item=Lettering,
        cache=cache,
        batch_size=batch_size,
        strict=strict,
        overwrite=overwrite,
    )
