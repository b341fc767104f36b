"""Pictures for encoders that read pixels."""

from functools import lru_cache

from spacy.tokens import Doc

from ...alignment.failures import note_failure, warn_of_picture
from ...alignment.picture import Picture, PictureError
from ...extensions import Attributes
from ...sources import stamp


def readable_picture(doc: Doc, attrs: Attributes) -> tuple[str, int]:
    """Find the first of the Doc's pictures that can be read.

    Those before it that can't be read are reported by a warning and by a note on the Doc.

    Args:
        doc: The document.
        attrs: Names of the extensions.

    Returns:
        The picture's path and number; "" and 0 if there is none.
    """
    causes: list[str] = []
    chosen = ("", 0)
    for number, path in enumerate(doc._.get(attrs.image_paths)):
        cause = _failure(path, stamp(path))
        if not cause:
            chosen = (path, number)
            break
        causes.append(cause)
        warn_of_picture("picture", doc, path, cause)
    note_failure(doc, attrs.image_path, "; ".join(causes))
    return chosen


# a training asks for each picture in every epoch: decode it once for this check
@lru_cache(maxsize=2**16)
def _failure(path: str, state: str) -> str:
    try:
        _ = Picture(path).image
    except PictureError as error:
        return str(error)
    return ""
