"""Pictures for encoders that read pixels."""

from functools import lru_cache

from spacy.tokens import Doc

from ...alignment.failures import note_failure, warn_of_picture
from ...alignment.picture import Picture, PictureError
from ...sources import stamp


def readable_picture(doc: Doc, image_path: str) -> str:
    """Return the path of the Doc's picture, or "" if there is none or it can't be read.

    A picture that can't be read is reported by a warning and by a note on the Doc.

    Args:
        doc: The document.
        image_path: Name of the extension that holds the path.
    """
    path = str(doc._.get(image_path) or "")
    if not path:
        return ""
    failure = _failure(path, stamp(path))
    note_failure(doc, image_path, failure)
    if not failure:
        return path
    warn_of_picture("picture", doc, path, failure)
    return ""


# a training asks for each picture in every epoch: decode it once for this check
@lru_cache(maxsize=2**16)
def _failure(path: str, state: str) -> str:
    try:
        _ = Picture(path).image
    except PictureError as error:
        return str(error)
    return ""
