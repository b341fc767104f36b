"""The protocol of backends, which turn pictures into text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..errors import BackendError
from ..extensions.alignments import Alignment
from .picture import Picture

__all__ = ["Backend", "BackendError", "Preparing", "Saved"]


@runtime_checkable
class Backend(Protocol):
    """A callable that turns pictures into objects, captions, OCR text or knowledge.

    If a backend has an attribute `reads_text = True`, its pictures carry the text of their
    document, which is then a part of the cache key too. If it has `in_background = True`, `pipe`
    calls it in a thread, while the pipes before it work on the next batch. If it has a number
    `least_side`, large JPEGs are decoded at a smaller size, whose shorter side has at least so many
    pixels.
    """

    @property
    def identity(self) -> Mapping[str, Any] | None:
        """Name, version and every parameter that changes an answer, as values that JSON can hold.

        With the picture's bytes they are the cache key. None if answers don't depend on the pixels:
        such pictures are neither opened nor cached.
        """
        ...

    def __call__(self, pictures: Sequence[Picture]) -> Sequence[Alignment]:
        """Align pictures.

        After any error but BackendError, the pictures of the batch are tried one by one; if memory
        ran out, in halves.

        Returns:
            One alignment per picture, in order.

        Raises:
            BackendError: If no picture could succeed.
        """
        ...


@runtime_checkable
class Preparing(Protocol):
    """A backend that does part of its work ahead, while the model works on earlier pictures."""

    def prepare_picture(self, picture: Picture) -> None:
        """Do the part of the work on a picture that needs no model, in any thread.

        The result is kept in `picture.inputs`. After an error, the call meets the picture anew.
        """
        ...


@runtime_checkable
class Saved(Protocol):
    """A backend that is saved with its pipeline, including weights and records."""

    def to_disk(self, path: Path) -> None:
        """Write the backend into the folder `path`, which exists."""
        ...

    def from_disk(self, path: Path) -> None:
        """Use what `to_disk` wrote. The backend may read it later, at first use."""
        ...

    def load(self) -> None:
        """Read everything not read yet, so that the folder of `from_disk` may be removed."""
        ...
