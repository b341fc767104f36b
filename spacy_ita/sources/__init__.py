"""Where the bytes of pictures come from: files, stores, archives, tables and the web."""

from .errors import PictureError
from .files import stamp
from .limits import MAX_BYTES
from .reading import read_source
from .uri import WEB, Address, member_of, parse, shown

__all__ = [
    "WEB",
    "MAX_BYTES",
    "Address",
    "PictureError",
    "member_of",
    "parse",
    "read_source",
    "shown",
    "stamp",
]
