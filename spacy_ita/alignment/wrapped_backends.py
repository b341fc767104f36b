"""Backends inside another backend."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .protocol import Backend, Saved


class Nested:
    """Backends that another one asks, saved with it in folders of their own."""

    def __init__(self, *backends: Backend) -> None:
        self.backends = backends

    @property
    def identities(self) -> list[Mapping[str, Any]] | None:
        """The identity of each; None if one of them answers from something else than pixels."""
        identities = (backend.identity for backend in self.backends)
        known = [identity for identity in identities if identity is not None]
        return known if len(known) == len(self.backends) else None

    @property
    def reads_text(self) -> bool:
        """Whether one of them reads the text of the document."""
        return any(getattr(backend, "reads_text", False) for backend in self.backends)

    def to_disk(self, path: Path) -> None:
        """Save each that can be saved into a folder of its own in `path`."""
        for folder, backend in self._saved(path):
            folder.mkdir(parents=True, exist_ok=True)
            backend.to_disk(folder)

    def from_disk(self, path: Path) -> None:
        """Let each use what it has saved in `path`."""
        for folder, backend in self._saved(path):
            backend.from_disk(folder)

    def load(self) -> None:
        """Let each read what is still to be read."""
        for backend in self.backends:
            if isinstance(backend, Saved):
                backend.load()

    def _saved(self, path: Path) -> list[tuple[Path, Saved]]:
        return [
            (path / str(number), backend)
            for number, backend in enumerate(self.backends)
            if isinstance(backend, Saved)
        ]
