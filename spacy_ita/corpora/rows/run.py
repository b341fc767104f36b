"""The run that makes the rows of a JSONL target; each row records it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from spacy.tokens import Doc

from ...context import Views
from ...extensions import Attributes
from ...sources import stamp

CHUNK = 2**20
NO_PICTURE = "-"


@dataclass(frozen=True)
class Run:
    """The view and the pipeline that make the rows of a target; each row records them.

    Attributes:
        view: The view that the documents are read in.
        pipeline: Digest of the pipeline's files.
    """

    view: Views
    pipeline: str

    @classmethod
    def of(cls, view: Views, folder: Path) -> "Run":
        """Make the run of a pipeline, whose digest covers all files of its folder."""
        digest = hashlib.sha256()
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = file.relative_to(folder).as_posix()
            digest.update(f"{name}\0{file.stat().st_size}\0".encode(errors="surrogateescape"))
            with file.open("rb") as data:
                while chunk := data.read(CHUNK):
                    digest.update(chunk)
        return cls(view, digest.hexdigest()[:16])

    def mark(self, doc: Doc, attrs: Attributes) -> dict[str, str]:
        """Return what the row of a document holds under `run`, with the state of its picture."""
        return {
            "view": self.view.value,
            "pipeline": self.pipeline,
            "picture": self._state(doc, attrs),
        }

    def _state(self, doc: Doc, attrs: Attributes) -> str:
        """Return size and time of each picture's file, which change with its content."""
        if self.view is Views.T:
            return NO_PICTURE
        states = [stamp(path) or NO_PICTURE for path in doc._.get(attrs.image_paths)]
        return " ".join(states) or NO_PICTURE
