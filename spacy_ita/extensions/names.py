"""The names of the package's Doc and Span extensions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attributes:
    """Names of the extensions on `Doc._` and `Span._`.

    Attributes:
        image_path: Path of the picture, or its id for recorded alignments; "" for none. An
            `os.PathLike` or an integer id becomes a str, and None becomes "".
        image_objects: Detected objects (LA), best first; None before alignment.
        image_captions: Captions (GA), best first; None before alignment.
        image_ocr: OCR text in the picture (OCA), in reading order; None before alignment.
        image_knowledge: Paragraphs about picture and text; None before alignment.
        image_context: Captions, objects and OCR text as one string of the default formatter. The
            context that a pipeline reads is that of `crf_ner`'s `context_of`.
        image_paths: Paths of all pictures, of which `image_path` is the first; [] for none. If only
            `image_path` has another name, this one's is the same with an s.
        confidence: On `Span._`, the marginal probability of an entity under the CRF; None if
            unknown.
    """

    image_path: str = "image_path"
    image_objects: str = "image_objects"
    image_captions: str = "image_captions"
    image_ocr: str = "image_ocr"
    image_knowledge: str = "image_knowledge"
    image_context: str = "image_context"
    confidence: str = "confidence"
    image_paths: str = "image_paths"

    def __post_init__(self) -> None:
        # which pipelines did before there were several pictures
        if self.image_path != "image_path" and self.image_paths == "image_paths":
            object.__setattr__(self, "image_paths", f"{self.image_path}s")

    @property
    def alignments(self) -> tuple[str, str, str, str]:
        """The names of the alignments."""
        return (self.image_objects, self.image_captions, self.image_ocr, self.image_knowledge)


DEFAULTS = Attributes()
