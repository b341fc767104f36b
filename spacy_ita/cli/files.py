"""What the commands share: documents in and out, and errors of one line."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import Doc
from spacy.util import get_lang_class
from spacy.vocab import Vocab, create_vocab
from wasabi import msg

from ..corpora.readers import printable, read_docbin
from ..corpora.writers import docbin_writer
from ..extensions import Attributes, attributes

HELP_SOURCE = (
    "A .spacy file; a folder of pictures and texts with the same names; .jsonl, .csv or .parquet "
    "with `text`, `image` and `id`; or a .conll file with CoNLL columns"
)
AttrsOption = Annotated[
    list[str] | None,
    typer.Option(
        help="image_path=NAME: the name of an extension, if the corpus has another than ours; can "
        "be repeated"
    ),
]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print an expected error as one line and exit with 1."""
    try:
        yield
    # of a folder that is made where a file is
    except FileExistsError as error:
        msg.fail(printable(f"{error.filename}: a file, where a folder is needed"))
        raise typer.Exit(1) from error
    except (OSError, ValueError, ImportError) as error:
        msg.fail(printable(str(error)))
        raise typer.Exit(1) from error


def refuse_inputs(target: Path, **inputs: Path | None) -> None:
    """Raise ValueError if a file to write is also one to read, which would be lost."""
    for name, path in inputs.items():
        if path is None:
            continue
        both_exist = target.exists() and path.exists()
        if target.samefile(path) if both_exist else target.resolve() == path.resolve():
            raise ValueError(
                f"{target}: the target is the {name.replace('_', ' ')}: give another target"
            )


def refuse_other_formats(target: Path) -> None:
    """Raise ValueError for a target that no one would read as the `.spacy` file that it holds."""
    if target.suffix.lower() != ".spacy":
        raise ValueError(
            f"{target}: the command writes .spacy files: give a name that ends in .spacy"
        )


def blank_vocab(lang: str = "en") -> Vocab:
    """Make the vocabulary of `spacy.blank(lang)`, without importing the pipes of every plugin."""
    return create_vocab(lang, get_lang_class(lang).Defaults)


def read_docs(path: Path, vocab: Vocab) -> list[Doc]:
    """The documents of a `.spacy` file."""
    return list(read_docbin(path, vocab))


def read_aligned(path: Path, vocab: Vocab, attrs: Attributes) -> list[Doc]:
    """Read the documents of a `.spacy` file for what they hold of their pictures.

    Raises:
        ValueError: If they hold something under other names alone.
    """
    docs = read_docs(path, vocab)
    held = {key[1] for doc in docs for key in doc.user_data if key[0] == "._." and key[2] is None}
    if held and not held & {attrs.image_path, *attrs.alignments}:
        raise ValueError(
            f"{path}: its documents have no {attrs.image_path}, only {', '.join(sorted(held))}: "
            f"give the names that their pipeline's `attrs` has, as --attrs image_path=NAME"
        )
    return docs


def renamed(names: Iterable[str] | None) -> Attributes:
    """Make the names of the extensions of what `--attrs` gives. Raises ValueError for others."""
    pairs = [name.partition("=") for name in names or ()]
    if wrong := [field for field, _, name in pairs if not name]:
        raise ValueError(f"--attrs {wrong[0]}: give it as image_path=NAME")
    return attributes({field: name for field, _, name in pairs})


def write_docs(docs: Iterable[Doc], path: Path) -> int:
    """Write a `.spacy` file that keeps pictures and alignments; how many documents it holds."""
    count = 0
    with docbin_writer(path) as write:
        for count, doc in enumerate(docs, 1):  # noqa: B007 - counts
            write([doc])
    return count
