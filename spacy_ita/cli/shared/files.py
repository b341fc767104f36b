"""Shared parts of the commands: reading and writing of documents, and one-line errors."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import Doc
from spacy.util import get_lang_class
from spacy.vocab import Vocab, create_vocab
from wasabi import msg

from ...corpora.docbin import docbin_writer, read_docbin
from ...corpora.files.utf8 import printable
from ...extensions import Attributes, attributes
from .warnings_format import one_line_warnings

HELP_SOURCE = (
    "A .spacy file; a folder of pictures and texts with the same names; .jsonl, .csv or .parquet "
    "with `text`, `image` and `id`; or a .conll file with CoNLL columns"
)
AttrsOption = Annotated[
    list[str] | None,
    typer.Option(
        help="image_path=NAME: the name of an extension, if it isn't the default; can be repeated"
    ),
]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print expected errors as one line and exit with 1; print warnings without code."""
    try:
        with one_line_warnings():
            yield
    # raised if a folder would replace a file
    except FileExistsError as error:
        msg.fail(printable(f"{error.filename}: a file, but a folder is needed"))
        raise typer.Exit(1) from error
    except (OSError, ValueError, ImportError) as error:
        msg.fail(printable(str(error)))
        raise typer.Exit(1) from error


def refuse_inputs(target: Path, **inputs: Path | None) -> None:
    """Raise ValueError if the target is also an input, which would be lost.

    Args:
        target: The file to write.
        inputs: The files to read, by name for the error message; None for those not given.
    """
    for name, path in inputs.items():
        if path is None:
            continue
        both_exist = target.exists() and path.exists()
        if target.samefile(path) if both_exist else target.resolve() == path.resolve():
            raise ValueError(
                f"{target}: the target is the {name.replace('_', ' ')}: give another target"
            )


def refuse_other_formats(target: Path) -> None:
    """Raise ValueError if the name of a target doesn't end in `.spacy`."""
    if target.suffix.lower() != ".spacy":
        raise ValueError(
            f"{target}: the command writes .spacy files: give a name that ends in .spacy"
        )


def blank_vocab(lang: str = "en") -> Vocab:
    """Make the vocabulary of `spacy.blank(lang)`, without importing the pipes of every plugin."""
    return create_vocab(lang, get_lang_class(lang).Defaults)


def read_docs(path: Path, vocab: Vocab) -> list[Doc]:
    """Read the documents of a `.spacy` file."""
    return list(read_docbin(path, vocab))


def read_aligned(path: Path, vocab: Vocab, attrs: Attributes) -> list[Doc]:
    """Read the documents of a `.spacy` file, for their pictures and alignments.

    Raises:
        ValueError: If the documents use only other names of extensions.
    """
    docs = read_docs(path, vocab)
    held = {key[1] for doc in docs for key in doc.user_data if key[0] == "._." and key[2] is None}
    if held and not held & {attrs.image_path, *attrs.alignments}:
        raise ValueError(
            f"{path}: its documents have no {attrs.image_path}, only {', '.join(sorted(held))}: "
            f"give the names from their pipeline's `attrs`, as in --attrs image_path=NAME"
        )
    return docs


def renamed(names: Iterable[str] | None) -> Attributes:
    """Parse the values of `--attrs`. Raises ValueError for a wrong form or an unknown extension."""
    pairs = [name.partition("=") for name in names or ()]
    if wrong := [field for field, _, name in pairs if not name]:
        raise ValueError(f"--attrs {wrong[0]}: give it as image_path=NAME")
    return attributes({field: name for field, _, name in pairs})


def write_docs(docs: Iterable[Doc], path: Path) -> int:
    """Write a `.spacy` file with pictures and alignments, and return its number of documents."""
    count = 0
    with docbin_writer(path) as write:
        for count, doc in enumerate(docs, 1):  # noqa: B007 - counts
            write([doc])
    return count
