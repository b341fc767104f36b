"""Writers of documents to JSONL, DocBin, CoNLL and Parquet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes
from .conll import conll_writer
from .docbin import docbin_writer
from .files.atomic import refuse_other_kinds
from .rows.jsonl import jsonl_writer
from .rows.kept_columns import FieldColumns, KeptColumns
from .rows.parquet import parquet_writer
from .rows.run import Run
from .rows.saved_dataset import is_saved

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

Write = Callable[[Sequence[Doc]], None]


def open_writer(
    path: Path,
    both: bool = False,
    attrs: Attributes = DEFAULTS,
    run: Run | None = None,
    restart: bool = False,
    *,
    aligned: bool = False,
    kept: KeptColumns | None = None,
) -> AbstractContextManager[Write]:
    """Open a file for writing documents, in the format that its suffix names.

    A JSONL file grows with every call. Other files appear, or replace an old one, at the end.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.
        run: For JSONL: the run that makes the rows, so that a later run can continue it.
        restart: For JSONL: whether the first call replaces the rows that the file holds.
        aligned: For JSONL and Parquet: whether the rows hold the alignments, and not the entities.
        kept: For Parquet: the columns of the posts; None for `id`, `text` and `image`.

    Returns:
        A context manager that yields a function, which writes a batch of documents.

    Raises:
        ValueError: If the suffix is unknown, or CoNLL should hold both views.
    """
    suffix = path.suffix.lower()
    if suffix in (".conll", ".txt"):
        if both:
            raise ValueError(
                f"{path}: CoNLL can hold only one view: give --view T or I+T, or .jsonl"
            )
        return conll_writer(path, attrs)
    if suffix == ".parquet":
        return parquet_writer(path, kept or FieldColumns((), attrs), attrs, both, aligned)
    if suffix == ".jsonl":
        return jsonl_writer(path, both, attrs, run, restart, aligned)
    if suffix == ".spacy":
        return docbin_writer(path)
    is_dataset = suffix == ".arrow" or (path.is_dir() and is_saved(path))
    hint = ", which datasets.load_dataset('parquet', data_files=...) loads" if is_dataset else ""
    raise ValueError(
        f"{path}: can't write the format {suffix or 'without suffix'}: "
        f"give .jsonl, .spacy, .conll or .parquet{hint}"
    )


@contextmanager
def writing_alone(path: Path) -> Iterator[None]:
    """Lock a file against other runs; it is created if it doesn't exist.

    Does nothing on systems without file locks.

    Raises:
        ValueError: If another run holds the lock.
    """
    refuse_other_kinds(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(f"{path}: another run is writing this file") from error
        # some network file systems have no locks
        except OSError:
            pass
        yield
