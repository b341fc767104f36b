"""The base of Hugging Face backends that wrap another backend."""

from pathlib import Path

from ..picture import Picture
from ..wrapped_backends import Nested
from .model import HFBackend


class HFOver(HFBackend):
    """A Hugging Face model that works on the output of another backend; both are saved together.

    Attributes:
        inner: The other backend, set by the subclass.
    """

    inner: Nested

    def load(self) -> None:
        """Load the model and the inner backend at first use."""
        super().load()
        self.inner.load()

    def prepare_picture(self, picture: Picture) -> None:
        """Prepare a picture for the inner backend; this model works on what that finds."""
        self.inner.prepare_picture(picture)

    def to_disk(self, path: Path) -> None:
        """Save the model, and the inner backend inside the same folder."""
        super().to_disk(path)
        self.inner.to_disk(path)

    def from_disk(self, path: Path) -> None:
        """Load both from the folder `path` at their next use."""
        super().from_disk(path)
        self.inner.from_disk(path)
