"""Atomic writing of files, with clear errors for full disks."""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file as a whole: to a temporary one, which replaces it if nothing is raised.

    If the path is a link, the file behind it is replaced. The new file keeps the permissions of
    the old one.

    Args:
        path: The file to write.

    Yields:
        The path of the temporary file, in the same folder.

    Raises:
        OSError: If the path is a folder, a pipe or a device.
    """
    refuse_other_kinds(path)
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # a new name for each run; `tempfile` makes files that no one else may read
    part = path.with_name(f".{path.name[:50]}.{secrets.token_hex(8)}.part")
    try:
        with naming(path):
            yield part
            if path.exists():
                shutil.copymode(path, part)
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def refuse_other_kinds(path: Path) -> None:
    """Raise OSError if a path is a folder, a pipe or a device, which no file must replace."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a file can't replace a folder", str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "a file can't replace a pipe or a device", str(path))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the file's name to the error that a full disk raises, as an OSError."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        number = _number_of(error)
        if number not in FULL:
            raise
        message = "the disk is full, or the file exceeds its limit: make room and run this again"
        raise OSError(number, message, str(path)) from error


def _number_of(error: OSError | SafetensorError) -> int | None:
    """Return the number of the system's error; safetensors writes it into its message."""
    if isinstance(error, OSError):
        return error.errno
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else None
