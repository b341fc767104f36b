"""The views that documents are read from: the text alone (T), or with its picture (I+T)."""

from enum import Enum
from typing import Literal, cast, get_args

from ..deprecations import warn_of_rename

ViewName = Literal["auto", "T", "I+T"]
"""The settings of `crf_ner`'s `view`, which `CrossViewNER` explains."""


OLD_NAMES = {"text": "T", "image": "I+T"}


def checked_view(name: str, view: str) -> ViewName:
    """Return a view that exists, by its present name.

    Args:
        name: Name of the pipe.
        view: Name of the view; an old one causes a warning.

    Raises:
        ValueError: If there is no such view.
    """
    if view in OLD_NAMES:
        warn_of_rename(f"{name}: the view {view!r}", repr(OLD_NAMES[view]), stacklevel=3)
        view = OLD_NAMES[view]
    if view not in get_args(ViewName):
        raise ValueError(f"{name}: view must be 'auto', 'T' or 'I+T', not {view!r}")
    return cast("ViewName", view)


class Views(str, Enum):
    """What documents are read from: the text alone, the text and the picture, or each in turn."""

    T = "T"
    IT = "I+T"
    BOTH = "both"
