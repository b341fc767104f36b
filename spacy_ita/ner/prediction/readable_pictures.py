"""The pictures that an encoder reads itself."""

import os
from functools import lru_cache

from spacy.tokens import Doc

from ...alignment.failures import note_failure, warn_of_picture
from ...alignment.picture import Picture, PictureError


def readable_picture(doc: Doc, image_path: str) -> str:
    """The path of the Doc's picture; "" where it has none, or one that can't be read, of which a
    warning and a note on the Doc tell. image_path: the name of the extension that holds it."""
    path = str(doc._.get(image_path) or "")
    if not path:
        return ""
    failure = _failure(path, os.path.getmtime(path) if os.path.exists(path) else None)
    note_failure(doc, image_path, failure)
    if not failure:
        return path
    warn_of_picture("picture", doc, path, failure)
    return ""


# a training asks for each picture in every epoch: what was read is decoded once for this
@lru_cache(maxsize=2**16)
def _failure(path: str, changed: float | None) -> str:
    try:
        _ = Picture(path).image
    except PictureError as error:
        return str(error)
    return ""
