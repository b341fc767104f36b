"""Backends that another backend wraps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .picture import Picture
from .protocol import Backend, Preparing, Saved


class Nested:
    """The backends that another backend calls, each saved in a folder of its own."""

    def __init__(self, *backends: Backend) -> None:
        self.backends = backends

    @property
    def identities(self) -> list[Mapping[str, Any]] | None:
        """The identity of each backend; None if the answers of one don't depend on the pixels."""
        identities = (backend.identity for backend in self.backends)
        known = [identity for identity in identities if identity is not None]
        return known if len(known) == len(self.backends) else None

    @property
    def reads_text(self) -> bool:
        """Whether one of the backends reads the text of the document."""
        return any(getattr(backend, "reads_text", False) for backend in self.backends)

    @property
    def least_side(self) -> int | None:
        """Shorter side of a picture, in pixels, that is enough for all; None for the full size."""
        sides: list[int | None] = [getattr(one, "least_side", None) for one in self.backends]
        enough = [side for side in sides if side is not None]
        return max(enough) if len(enough) == len(sides) else None

    def prepare_picture(self, picture: Picture) -> None:
        """Let each backend do ahead what it can."""
        for backend in self.backends:
            if isinstance(backend, Preparing):
                backend.prepare_picture(picture)

    def to_disk(self, path: Path) -> None:
        """Save each backend that can be saved into a folder of its own in `path`."""
        for folder, backend in self._saved(path):
            folder.mkdir(parents=True, exist_ok=True)
            backend.to_disk(folder)

    def from_disk(self, path: Path) -> None:
        """Load each backend from its folder in `path`."""
        for folder, backend in self._saved(path):
            backend.from_disk(folder)

    def load(self) -> None:
        """Let each backend read everything not read yet."""
        for backend in self.backends:
            if isinstance(backend, Saved):
                backend.load()

    def _saved(self, path: Path) -> list[tuple[Path, Saved]]:
        return [
            (path / str(number), backend)
            for number, backend in enumerate(self.backends)
            if isinstance(backend, Saved)
        ]
