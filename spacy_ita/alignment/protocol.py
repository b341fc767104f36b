"""What an engine that turns pictures into text must be."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..errors import BackendError as BackendError
from ..extensions.alignments import Alignment
from .picture import Picture


@runtime_checkable
class Backend(Protocol):
    """An engine that turns pictures into objects, captions, lettering or knowledge.

    identity: name, version and every parameter that changes an answer: with the picture's
        bytes it is the cache key. None if answers don't come from the pixels: then pictures
        are neither opened nor cached.

    A backend that has an attribute `reads_text = True` is given each picture with its document's
    text, which then is a part of the cache key too.
    """

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """What, with a picture's bytes, is the cache key."""
        ...

    def __call__(self, pictures: Sequence[Picture]) -> Sequence[Alignment]:
        """One alignment a picture, in order.

        Any exception is taken as the fault of a picture: the batch is asked again one by one.
        Raise BackendError where it is not.
        """
        ...


@runtime_checkable
class Saved(Protocol):
    """A backend that a saved pipeline carries with it, weights or records and all."""

    def to_disk(self, path: Path) -> None:
        """Write into the folder `path`, which may exist."""
        ...

    def from_disk(self, path: Path) -> None:
        """Use what `to_disk` wrote; it may be read later, at first use."""
        ...

    def load(self) -> None:
        """Read what is still to be read: after this the folder of `from_disk` may go."""
        ...
