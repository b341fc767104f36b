"""Pictures in `data:` URIs."""

import base64
import binascii
from urllib.parse import unquote_to_bytes

from .errors import PictureError


def read(place: str) -> bytes:
    """Decode what stands behind `data:`.

    Raises:
        PictureError: If it has no comma, or is not base64.
    """
    head, comma, content = place.partition(",")
    if not comma:
        raise PictureError("a data: URI needs a comma before its content")
    data = unquote_to_bytes(content)
    if not head.lower().endswith(";base64"):
        return data
    return decode_base64(data)


def decode_base64(data: bytes | str) -> bytes:
    """Decode base64, with or without white space and padding; also its form for URLs.

    Raises:
        PictureError: If there are other characters.
    """
    text = data.encode("ascii", "replace") if isinstance(data, str) else data
    text = b"".join(text.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        # the error of the library may quote the content
        raise PictureError("not base64") from error
