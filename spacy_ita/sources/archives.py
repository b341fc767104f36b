"""Pictures in zip and tar archives."""

import lzma
import tarfile
import zipfile
import zlib
from typing import Any

from . import limits
from .errors import PictureError
from .open_containers import OpenContainers
from .stores import open_file
from .uri import Address, parse

# RuntimeError: encrypted, or a codec that Python lacks
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    EOFError,
)


class _Zip:
    """An open zip archive, in a local file or a store."""

    def __init__(self, container: str) -> None:
        self._archive = zipfile.ZipFile(open_file(parse(container)))

    def read(self, name: str) -> bytes:
        """Read a member."""
        entry = self._archive.getinfo(name)
        _refuse_large(entry.file_size)
        if entry.is_dir():
            raise PictureError("not a file")
        with self._archive.open(entry) as file:
            return file.read(limits.MAX_BYTES + 1)


class _Tar:
    """An open tar archive, compressed or not, with the places of its members."""

    def __init__(self, container: str) -> None:
        self._archive = tarfile.open(fileobj=open_file(parse(container)))  # noqa: SIM115
        # of members with one name, the last holds, as for tar itself
        self._members = {member.name.removeprefix("./"): member for member in self._archive}

    def read(self, name: str) -> bytes:
        """Read a member."""
        member = self._members[name.removeprefix("./")]
        # a link or a device would lead out of the archive, or never end
        if not member.isfile():
            raise PictureError("not a file")
        _refuse_large(member.size)
        file: Any = self._archive.extractfile(member)
        return file.read()


def _refuse_large(size: int) -> None:
    if size > limits.MAX_BYTES:
        raise PictureError(f"more than {limits.MAX_BYTES} bytes", "too large")


_ZIPS = OpenContainers(_Zip)
_TARS = OpenContainers(_Tar)


def read(address: Address) -> bytes:
    """Read the member of an archive.

    Raises:
        OSError: If the archive can't be opened.
        PictureError: If it has no such member, is damaged, or the member is too large.
    """
    if not address.container:
        raise PictureError(f"give the archive too, as {address.scheme}://a.jpg::FILE")
    name = address.place
    try:
        if address.scheme == "zip":
            return _ZIPS.use(address.container, lambda archive: archive.read(name))
        return _TARS.use(address.container, lambda archive: archive.read(name))
    except KeyError as error:
        raise PictureError("the archive has no such member", "missing") from error
    except DAMAGED as error:
        raise PictureError(f"a damaged archive, or none: {error}") from error
