"""DocBin files (`.spacy`), with pictures, alignments and notes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from .files.atomic import refuse_other_kinds, replacing


def read_docbin(path: Path, vocab: Vocab) -> Iterator[Doc]:
    """Read the documents of a `.spacy` file. Raises ValueError for other or damaged files."""
    try:
        docs = DocBin().from_disk(path)
    except OSError:
        raise
    # zlib, msgpack and NumPy each raise exceptions of their own
    except Exception as error:
        raise ValueError(f"{path}: not a .spacy file, or a damaged one ({error})") from error
    return docs.get_docs(vocab)


@contextmanager
def docbin_writer(path: Path) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Write a `.spacy` file that keeps pictures, alignments and notes."""
    refuse_other_kinds(path)
    docs = DocBin(store_user_data=True)

    def write(batch: Sequence[Doc]) -> None:
        for doc in batch:
            docs.add(doc)

    yield write
    with replacing(path) as part:
        docs.to_disk(part)
