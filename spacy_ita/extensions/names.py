"""The names of the package's Doc and Span extensions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attributes:
    """The names under which `Doc._` and `Span._` hold pictures and their alignments.

    image_path: the picture's file, or its id where alignments are recorded ones; "" for none. An
        `os.PathLike` becomes a str, None "", and an integer, as an id, a str.
    image_objects: detected objects (LA), best first; None before alignment.
    image_captions: captions (GA), best first; None before alignment.
    image_ocr: lettering in the picture (OCA), in reading order; None before alignment.
    image_knowledge: paragraphs about picture and text; None before alignment.
    image_context: captions, objects and lettering as one string, as the default formatter writes
        them, whatever a pipeline reads: `crf_ner`'s `context_of` returns that.
    confidence: on `Span._`, an entity's marginal probability under the CRF; None if not known.
    """

    image_path: str = "image_path"
    image_objects: str = "image_objects"
    image_captions: str = "image_captions"
    image_ocr: str = "image_ocr"
    image_knowledge: str = "image_knowledge"
    image_context: str = "image_context"
    confidence: str = "confidence"

    @property
    def alignments(self) -> tuple[str, str, str, str]:
        """The names of the alignments."""
        return (self.image_objects, self.image_captions, self.image_ocr, self.image_knowledge)


DEFAULTS = Attributes()
