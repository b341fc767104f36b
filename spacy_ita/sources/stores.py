"""Pictures in stores, by fsspec."""

from typing import Any

import fsspec

from . import limits
from .errors import PictureError
from .uri import STORES, Address


def read(address: Address) -> bytes:
    """Read an object of a store. Its package retries by itself, as the store's settings say.

    Raises:
        OSError: If the object can't be read.
        PictureError: If it is too large, or the store's package is missing.
    """
    system = filesystem(address.scheme)
    size = system.info(address.place)["size"]
    if size is not None and size > limits.MAX_BYTES:
        raise PictureError(f"more than {limits.MAX_BYTES} bytes", "too large")
    return system.cat_file(address.place)


def filesystem(scheme: str) -> Any:
    """Return fsspec's file system of a scheme.

    Raises:
        PictureError: If its package is missing.
    """
    try:
        return fsspec.filesystem(scheme)
    except ImportError as error:
        extra = STORES.get(scheme, "")
        how = f": pip install 'spacy_ita[{extra}]'" if extra else ""
        raise PictureError(f"{error}{how}", "unreachable") from error


def open_file(address: Address) -> Any:
    """Open a container, in a local file or a store, for reading at any position.

    Raises:
        OSError: If it can't be opened.
        PictureError: If it is neither.
    """
    if address.file:
        return open(address.file, "rb")  # noqa: PTH123, SIM115 - the caller keeps it
    if address.scheme in STORES:
        return filesystem(address.scheme).open(address.place, "rb")
    raise PictureError(f"a container is a file or in a store, not {address.scheme}://", "refused")
