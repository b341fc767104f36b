"""Reading of a picture's bytes, wherever its source points."""

from collections.abc import Callable

from ..errors import BackendError
from . import archives, data_uris, files, limits, stores, tables
from .errors import PictureError
from .uri import ARCHIVES, STORES, TABLES, WEB, Address, parse, shown

READERS: dict[str, Callable[[Address], bytes]] = {
    "": lambda address: files.read(address.place),
    "file": lambda address: files.read(address.file),
    "data": lambda address: data_uris.read(address.place),
    **dict.fromkeys(STORES, stores.read),
    **dict.fromkeys(ARCHIVES, archives.read),
    **dict.fromkeys(TABLES, tables.read),
}
"""Readers of the schemes that need no permission."""


def read_source(source: str, allow_http: bool = False) -> bytes:
    """Read the bytes of a picture.

    Args:
        source: A path or a URI (`docs/sources.md`).
        allow_http: Whether to fetch `http://` and `https://`.

    Raises:
        PictureError: If the picture can't be read, or has more than `MAX_BYTES` bytes; names the
            source and the cause.
        BackendError: If a package is missing.
    """
    address = parse(source)
    try:
        if address.scheme in WEB:
            return _fetch(source, allow_http)
        data = READERS[address.scheme](address)
    except BackendError:
        raise
    except PictureError as error:
        raise PictureError(f"{shown(source)}: {_line(error)}", error.kind) from error
    except FileNotFoundError as error:
        cause = error.strerror or "no such file"
        raise PictureError(f"{shown(source)}: {cause}", "missing") from error
    except OSError as error:
        raise PictureError(f"{shown(source)}: {_line(error)}") from error
    except ValueError as error:
        raise PictureError(f"{shown(source)!r}: {_line(error)}") from error
    # packages of stores and archives raise errors of their own
    except Exception as error:
        raise PictureError(f"{shown(source)}: {_line(error)}", "unreachable") from error
    if len(data) > limits.MAX_BYTES:
        raise PictureError(f"{shown(source)}: more than {limits.MAX_BYTES} bytes", "too large")
    return data


def _fetch(url: str, allow_http: bool) -> bytes:
    if not allow_http:
        raise PictureError(
            "pictures are not fetched from the web unless asked: give --allow-http, or set "
            "`allow_http = true` in the pipe (docs/sources.md)",
            "refused",
        )
    from .http.fetching import RECENT

    return RECENT.get(url)


def _line(error: Exception) -> str:
    """Return the cause of an error in one line."""
    cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(cause.split())
