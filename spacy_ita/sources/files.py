"""Pictures in local files."""

import stat
from pathlib import Path

from . import limits
from .errors import PictureError
from .uri import parse


def read(path: str) -> bytes:
    """Read a regular file.

    Raises:
        OSError: If it can't be opened.
        PictureError: If it is no file, or too large.
    """
    status = Path(path).stat()
    # a pipe or a device would block, or never end
    if not stat.S_ISREG(status.st_mode):
        raise PictureError("not a file")
    if status.st_size > limits.MAX_BYTES:
        raise PictureError(f"more than {limits.MAX_BYTES} bytes", "too large")
    # some files of the system have no size, and no end either
    return Path(path).read_bytes() if status.st_size else b""


def stamp(source: str) -> str:
    """Describe the state of the local file that holds a picture, by its size and time.

    Returns:
        The state; "" if there is no such file, or it is on another machine.
    """
    if not (file := parse(source).file):
        return ""
    try:
        status = Path(file).stat()
    # no file, or a path that can't be one
    except (OSError, ValueError):
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"
