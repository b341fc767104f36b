"""JSONL targets, whose rows record the run that made them, so that another can continue it."""

import hashlib
import json
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
        """Return size and time of the picture's file, which change with its content."""
        try:
            if self.view is not Views.T and (path := doc._.get(attrs.image_path)):
                status = Path(path).stat()
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
    """Append a line for each document; every call is on its way to the disk when it returns.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.
        run: The run that makes the rows, so that a later run can continue it.
        restart: Whether to empty the file at the first call, or at the end if there was none.

    Yields:
        A function that writes a batch of documents.
    """
    refuse_other_kinds(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # unbuffered: on a full disk, closing a buffered file would write and raise again
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
    """Check the rows of a JSONL file against the documents of a source, from the first on.

    An unfinished last line, as a killed run leaves it, is cut off.

    Args:
        path: The file.
        docs: The documents of the source.
        run: The run that would make the rows.
        attrs: The names of the extensions.

    Returns:
        Whether each row is current. It isn't if the picture has another path, or its file has
        changed, appeared or disappeared.

    Raises:
        ValueError: If a row belongs to another document or another run; the file stays as it is.
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
                # a power failure may leave NULs at the end
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
    """Replace the rows of a file that are no longer current, atomically.

    Args:
        path: The file.
        current: Whether each row is current.
        docs: The documents of the other rows, in order.
        run: The run that makes the rows.
        attrs: The names of the extensions.
    """
    fresh = iter(docs)
    both = run.view is Views.BOTH
    with replacing(path) as part, path.open("rb") as old, part.open("wb") as new:
        for line, is_current in zip(old, current, strict=True):
            new.write(line if is_current else _line(next(fresh), attrs, both, run))


def _is_current(doc: Doc, line: bytes, run: Run, attrs: Attributes) -> bool:
    """Return whether a row is current. Raises ValueError if it is of another document or run."""
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
