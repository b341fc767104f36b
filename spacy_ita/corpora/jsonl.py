"""JSONL targets: rows that say what made them, so that a run can continue after them."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ..context import Views
from ..extensions import Attributes
from .atomic_files import naming, refuse_other_kinds, replacing
from .notes import Notes
from .rows import entity_keys, row_of

CHUNK = 2**20
NO_PICTURE = "-"


@dataclass(frozen=True)
class Run:
    """What makes the rows of a target, each of which keeps it, with the state of its picture.

    Attributes:
        view: From what the documents are read.
        pipeline: The digest of the pipeline's files.
    """

    view: Views
    pipeline: str

    @classmethod
    def of(cls, view: Views, folder: Path) -> "Run":
        """Make the run of a pipeline's folder, all of whose files count."""
        digest = hashlib.sha256()
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = file.relative_to(folder).as_posix()
            digest.update(f"{name}\0{file.stat().st_size}\0".encode(errors="surrogateescape"))
            with file.open("rb") as data:
                while chunk := data.read(CHUNK):
                    digest.update(chunk)
        return cls(view, digest.hexdigest()[:16])

    def mark(self, doc: Doc, attrs: Attributes) -> dict[str, str]:
        """Return what the row of a document keeps under `run`."""
        return {
            "view": self.view.value,
            "pipeline": self.pipeline,
            "picture": self._state(doc, attrs),
        }

    def _state(self, doc: Doc, attrs: Attributes) -> str:
        """The size and the time of the picture's file, which change with its bytes."""
        try:
            if self.view is not Views.T and (path := doc._.get(attrs.image_path)):
                status = os.stat(path)
                return f"{status.st_size}-{status.st_mtime_ns}"
        # no file, or a path that can't be one
        except (OSError, ValueError):
            pass
        return NO_PICTURE


def _line(doc: Doc, attrs: Attributes, both: bool, run: Run | None) -> bytes:
    row = row_of(doc, attrs, both)
    if run is not None:
        row["run"] = run.mark(doc, attrs)
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()


@contextmanager
def jsonl_writer(
    path: Path, both: bool, attrs: Attributes, run: Run | None = None, restart: bool = False
) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Append a line for each document; each call is handed to the system before it returns.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.
        run: What makes the rows, if a later run is to continue after them.
        restart: Whether to empty the file at the first call, or at the end if there was none.
    """
    refuse_other_kinds(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # unbuffered: closing a file of a full disk would write, and raise, once more
    with path.open("ab", buffering=0) as file:
        stale = restart

        def write(docs: Sequence[Doc]) -> None:
            nonlocal stale
            rest = memoryview(b"".join(_line(doc, attrs, both, run) for doc in docs))
            with naming(path):
                if stale:
                    file.truncate(0)
                    stale = False
                while rest:
                    rest = rest[file.write(rest) :]

        yield write
        if stale:
            file.truncate(0)


def resume(path: Path, docs: Iterable[Doc], run: Run, attrs: Attributes) -> list[bool]:
    """Tell which documents a JSONL file holds, from the first on, and which of them have changed.

    A last line without an end, as a killed run leaves it, is cut off.

    Args:
        path: The file.
        docs: The documents of the source.
        run: What would make the rows.
        attrs: The names of the extensions.

    Returns:
        Whether the row of each document is still right. It isn't if the picture has another path,
        or its file has changed, or appeared, or is gone.

    Raises:
        ValueError: If the file holds other documents, or others first, or rows of another run. It
            stays as it is.
    """
    rest = iter(docs)
    current: list[bool] = []
    end = 0
    with path.open("rb+") as file:
        for number, line in enumerate(file, 1):
            try:
                doc = next(rest, None)
                if doc is None:
                    raise ValueError("the source has no such post")
                if line.endswith(b"\n"):
                    current.append(_is_current(doc, line, run, attrs))
                    end += len(line)
                # a machine without power may leave NULs at the end
                elif not _may_begin_row_of(doc, line.rstrip(b"\0")):
                    raise ValueError("not a row of this source")
            except ValueError as error:
                raise ValueError(
                    f"{path}:{number}: {error}, so the run can't continue: give another target, or "
                    f"--overwrite to start again"
                ) from error
        file.truncate(end)
    return current


def renew(
    path: Path, current: Sequence[bool], docs: Iterable[Doc], run: Run, attrs: Attributes
) -> None:
    """Replace the rows of a file that are no longer current by those of documents, in order.

    The file changes as a whole, at the end.
    """
    fresh = iter(docs)
    both = run.view is Views.BOTH
    with replacing(path) as part, path.open("rb") as old, part.open("wb") as new:
        for line, is_current in zip(old, current, strict=True):
            new.write(line if is_current else _line(next(fresh), attrs, both, run))


def _is_current(doc: Doc, line: bytes, run: Run, attrs: Attributes) -> bool:
    """Whether a row is right. Raises ValueError if it isn't one of the document and the run."""
    row: Any = None
    try:
        row = json.loads(line)
        made_by = row["run"]
        known = (row["id"], row["text"], made_by["view"], made_by["pipeline"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("not a row of this command") from error
    if known[:2] != (Notes(doc).id, doc.text):
        raise ValueError("not the post that the source has in this place")
    mark = run.mark(doc, attrs)
    if known[2] != mark["view"]:
        raise ValueError(f"made with --view {known[2]}, not {mark['view']}")
    if known[3] != mark["pipeline"]:
        raise ValueError("made by another pipeline")
    if not all(isinstance(row.get(name), list) for name in entity_keys(run.view is Views.BOTH)):
        raise ValueError("a row without entities")
    image = str(doc._.get(attrs.image_path) or "")
    return (row.get("image"), made_by.get("picture")) == (image, mark["picture"])


def _may_begin_row_of(doc: Doc, line: bytes) -> bool:
    row = {"id": Notes(doc).id, "text": doc.text, "image": ""}
    start = json.dumps(row, ensure_ascii=False).removesuffix('"}').encode()
    return line.startswith(start) or start.startswith(line)
