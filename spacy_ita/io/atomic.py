"""Files that are there whole or not at all, and disks that are full."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place if nothing is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with naming(path):
            yield part
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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
