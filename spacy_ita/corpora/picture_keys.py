"""Warning about pictures under a name that isn't read, such as `images`."""

import warnings
from collections.abc import Iterable
from pathlib import Path

READ = "image"
SIMILAR = {
    f"{noun}{ending}"
    for noun in ("image", "img", "picture", "pic", "photo")
    for ending in ("", "s", "_url", "_urls", "_path", "_paths", "_file", "_id", "_name")
}


def warn_of_unread(path: Path | str, names: Iterable[str]) -> bool:
    """Warn if a corpus has pictures under a name that isn't read.

    Args:
        path: The file of the corpus, or another description of it.
        names: The keys or columns that hold something.

    Returns:
        Whether there was a reason to warn.
    """
    found = [name for name in names if name.strip().lower() in SIMILAR]
    if not found or READ in names:
        return False
    warnings.warn(
        f"{path}: {', '.join(map(repr, found))} is not read: the picture's path, or the id of a "
        f"recorded one, must stand under {READ!r}",
        stacklevel=2,
    )
    return True
