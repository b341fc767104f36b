"""What the commands share: documents in and out, and errors of one line."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab
from wasabi import msg


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print an expected error as one line and exit with 1."""
    try:
        yield
    except (OSError, ValueError) as error:
        msg.fail(str(error))
        raise typer.Exit(1) from error


def read_docs(path: Path, vocab: Vocab) -> list[Doc]:
    """The documents of a `.spacy` file."""
    return list(DocBin().from_disk(path).get_docs(vocab))


def write_docs(docs: Iterable[Doc], path: Path) -> int:
    """Write a `.spacy` file that keeps pictures and alignments; how many documents it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    doc_bin = DocBin(docs=docs, store_user_data=True)
    doc_bin.to_disk(path)
    return len(doc_bin)
