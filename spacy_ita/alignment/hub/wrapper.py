"""What the Hugging Face backends share that work on what another backend gives."""

from pathlib import Path

from ..wrapped_backends import Nested
from .model import HFBackend


class HFOver(HFBackend):
    """A model of Hugging Face around another backend; both are saved with a pipeline.

    inner: the other backend, set by the class itself.
    """

    inner: Nested

    def load(self) -> None:
        """Read the model and the inner backend's, if they aren't read yet."""
        super().load()
        self.inner.load()

    def to_disk(self, path: Path) -> None:
        """Save the model, and the inner backend inside the same folder."""
        super().to_disk(path)
        self.inner.to_disk(path)

    def from_disk(self, path: Path) -> None:
        """Take both from the folder `path` at their next use."""
        super().from_disk(path)
        self.inner.from_disk(path)
