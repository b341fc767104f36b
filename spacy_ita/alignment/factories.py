"""The spaCy factories of the image_* pipes, with their default settings.

spaCy imports this module at the first `spacy.blank` or `spacy.load`, whichever pipes are used, so
it stays light: each factory imports what its pipe is made of when it makes one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from ..extensions import attributes
from ..extensions.alignments import Caption, DetectedObject, Knowledge, OCRLine
from ..extensions.normalisation import Item
from .cache import AlignmentCache

if TYPE_CHECKING:
    from .pipe import ImageAligner

# A default holds no setting but its class's required ones: spaCy merges it into a backend of the
# same class, and another model would get the setting too.
DETECTOR = {"@misc": "spacy_ita.HFDetector.v2", "name": "PekingU/rtdetr_v2_r18vd"}
CAPTIONER = {
    "@misc": "spacy_ita.HFCaptioner.v2",
    "name": "Salesforce/blip-image-captioning-base",
}
OCR = {"@misc": "spacy_ita.Tesseract.v1"}
KNOWLEDGE = {"@misc": "spacy_ita.Recorded.v1", "path": "knowledge.jsonl", "part": "knowledge"}
ALIGNER_CONFIG: dict[str, Any] = {
    "cache": None,
    "batch_size": 16,
    "strict": False,
    "overwrite": False,
    "allow_http": False,
    "max_pictures": 4,
    "attrs": {},
}


def _register_aligner(
    extension: str, item: Item, backend: dict[str, Any]
) -> Callable[..., "ImageAligner"]:
    """Register a factory under the name of the extension that its pipe sets."""

    # `backend` is Any, as spaCy would check a protocol by isinstance: see ImageAligner
    def make(
        nlp: Language,
        name: str,
        backend: Any,
        cache: AlignmentCache | None,
        batch_size: int,
        strict: bool,
        overwrite: bool,
        allow_http: bool,
        max_pictures: int,
        attrs: dict[str, str],
    ) -> "ImageAligner":
        """Create an `ImageAligner` with these settings.

        Args:
            nlp: The pipeline.
            name: Name of the pipe.
            backend: As in `ImageAligner`.
            cache: As in `ImageAligner`.
            batch_size: As in `ImageAligner`.
            strict: As in `ImageAligner`.
            overwrite: As in `ImageAligner`.
            allow_http: As in `ImageAligner`.
            max_pictures: As in `ImageAligner`.
            attrs: Other names for the extensions, by the field names of `Attributes`.
        """
        from .pipe import ImageAligner

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
            allow_http=allow_http,
            max_pictures=max_pictures,
        )

    factory: Callable[..., ImageAligner] = Language.factory(
        extension,
        assigns=[f"doc._.{extension}"],
        default_config={"backend": backend, **ALIGNER_CONFIG},
        func=make,
    )
    return factory


make_image_objects = _register_aligner("image_objects", DetectedObject, DETECTOR)
"""The pipe that tags the objects in a picture (LA)."""
make_image_captions = _register_aligner("image_captions", Caption, CAPTIONER)
"""The pipe that captions a picture (GA)."""
make_image_ocr = _register_aligner("image_ocr", OCRLine, OCR)
"""The pipe that reads the text in a picture (OCA)."""
make_image_knowledge = _register_aligner("image_knowledge", Knowledge, KNOWLEDGE)
"""The pipe that adds background knowledge about picture and text (the auxiliary knowledge of Li et
al., 2023, "Prompting ChatGPT in MNER")."""
