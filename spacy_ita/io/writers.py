"""Documents to JSONL, DocBin, CoNLL and Parquet."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from spacy.tokens import Doc, DocBin

from ..extensions import DEFAULTS, Attributes
from .atomic import naming, refuse_folder, replacing
from .conll import format_conll
from .notes import Notes
from .parquet import parquet_writer
from .rows import TEXT_VIEW, row_of

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

Write = Callable[[Sequence[Doc]], None]


def open_writer(
    path: Path, both: bool = False, attrs: Attributes = DEFAULTS
) -> AbstractContextManager[Write]:
    """A function that writes documents to a file of the format that its suffix names.

    both: whether the documents were read in both views. attrs: the names of the extensions.
    JSONL grows by every call; other files appear, or take an old one's place, when all is
    written. Raises ValueError for an unknown suffix, and for both views in CoNLL.
    """
    suffix = path.suffix.lower()
    if suffix in (".conll", ".txt"):
        if both:
            raise ValueError(
                f"{path}: CoNLL can hold only one view: give --view T or I+T, or .jsonl"
            )
        return conll_writer(path, attrs)
    if suffix == ".parquet":
        return parquet_writer(path, both, attrs)
    if suffix == ".jsonl":
        return jsonl_writer(path, both, attrs)
    if suffix == ".spacy":
        return docbin_writer(path)
    raise ValueError(
        f"{path}: can't write the format {suffix or 'without suffix'}: "
        f"give .jsonl, .spacy, .conll or .parquet"
    )


@contextmanager
def jsonl_writer(path: Path, both: bool, attrs: Attributes) -> Iterator[Write]:
    """Appends a line a document; each call is handed to the system before it returns.

    both: whether the documents were read in both views.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # unbuffered: closing a file of a full disk would write, and raise, once more
    with path.open("ab", buffering=0) as file:

        def write(docs: Sequence[Doc]) -> None:
            rows = (json.dumps(row_of(doc, attrs, both), ensure_ascii=False) for doc in docs)
            rest = memoryview("".join(f"{row}\n" for row in rows).encode())
            with naming(path):
                while rest:
                    rest = rest[file.write(rest) :]

        yield write


@contextmanager
def writing_alone(path: Path) -> Iterator[None]:
    """Keep other runs from a file, which is made where there is none, as long as this lasts.

    Raises ValueError where another run has it. Does nothing where there are no locks of files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(f"{path}: another run is writing this file") from error
        # some file systems of networks have none
        except OSError:
            pass
        yield


@contextmanager
def docbin_writer(path: Path) -> Iterator[Write]:
    """Writes a `.spacy` file that keeps pictures, alignments and notes."""
    refuse_folder(path)
    docs = DocBin(store_user_data=True)

    def write(batch: Sequence[Doc]) -> None:
        for doc in batch:
            docs.add(doc)

    yield write
    with replacing(path) as part:
        docs.to_disk(part)


@contextmanager
def conll_writer(path: Path, attrs: Attributes) -> Iterator[Write]:
    """Writes CoNLL columns, as `read_conll` reads them; problems are comments."""
    # else the words after a document without words would be read as its own
    marked = False
    with replacing(path) as part, part.open("w", encoding="utf8", newline="\n") as file:

        def write(docs: Sequence[Doc]) -> None:
            nonlocal marked
            for doc in docs:
                notes = Notes(doc)
                problems = {"error": notes.error, "warning": notes.warning}
                comments = [f"{kind}: {cause}" for kind, cause in problems.items() if cause]
                file.write(format_conll(doc, attrs, comments, marked))
                marked = all(token.is_space for token in doc)

        yield write


def resume(path: Path, docs: Iterable[Doc], both: bool = False) -> int:
    """How many of the documents a JSONL file holds, from the first on.

    both: whether the rest will be read in both views.
    A last line without an end, as a killed run leaves it, is cut off. Raises ValueError where the
    file holds other documents, or others first, or was not written for the same number of views,
    and leaves it as it is.
    """
    rest = iter(docs)
    count = end = 0
    with path.open("rb+") as file:
        for number, line in enumerate(file, 1):
            doc = next(rest, None)
            if line.endswith(b"\n"):
                same = doc is not None and _is_row_of(doc, line, both)
                count, end = number, end + len(line)
            else:
                # whole lines before it have shown whose file this is
                same = count > 0 or (doc is not None and _may_begin_row_of(doc, line))
            if not same:
                raise ValueError(
                    f"{path}:{number}: not of this source and view, so the run can't continue: "
                    f"give another target, or --overwrite"
                )
        file.truncate(end)
    return count


def _is_row_of(doc: Doc, line: bytes, both: bool) -> bool:
    try:
        row = json.loads(line)
        known = (row["id"], row["text"]) == (Notes(doc).id, doc.text)
        return known and (TEXT_VIEW in row) == both
    except (ValueError, TypeError, KeyError):
        return False


def _may_begin_row_of(doc: Doc, line: bytes) -> bool:
    row = {"id": Notes(doc).id, "text": doc.text, "image": ""}
    start = json.dumps(row, ensure_ascii=False).removesuffix('"}').encode()
    return line.startswith(start) or start.startswith(line)
