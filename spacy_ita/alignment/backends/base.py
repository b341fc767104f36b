"""What an engine that turns pictures into text must be."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ..picture import Picture
from ..types import Alignment


@runtime_checkable
class Backend(Protocol):
    """An engine that turns pictures into objects, captions or lettering.

    identity: name, version and every parameter that changes an answer: with the picture's
        bytes it is the cache key. None if answers don't come from the pixels: then pictures
        are neither opened nor cached.
    """

    identity: Mapping[str, Any] | None

    def __call__(self, pictures: Sequence[Picture]) -> Sequence[Alignment]:
        """One alignment a picture, in order."""
        ...
