"""Files that are there whole or not at all, and disks that are full."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place if nothing is raised.

    A link stays a link, and its file is replaced; the new file has the older one's rights. Raises
    OSError for a folder, a pipe or a device.
    """
    refuse_other_kinds(path)
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # of its own for each run; not by `tempfile`, whose files no one else may read
    part = path.with_name(f".{path.name[:50]}.{secrets.token_hex(8)}.part")
    try:
        with naming(path):
            yield part
            if path.exists():
                shutil.copymode(path, part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def refuse_other_kinds(path: Path) -> None:
    """Raise OSError for a folder, a pipe or a device, which no file can take the place of."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder, where a file is to be written", str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "a pipe or a device, where a file is to be written", str(path))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in an error of a full disk, which itself doesn't."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        message = "the disk is full, or this file over its limit: make room and run this again"
        raise OSError(error.errno, message, str(path)) from error
