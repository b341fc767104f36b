"""Readers of posts from folders, JSONL, CSV, Parquet, CoNLL and DocBin."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ..extensions import attributes_of
from .conll import read_conll
from .docbin import read_docbin
from .files.utf8 import printable
from .folder import read_folder
from .notes import Notes
from .rows.csv import read_csv
from .rows.fields import Record, string_field
from .rows.jsonl import read_jsonl
from .rows.parquet import read_parquet


def read_corpus(path: Path, nlp: Language) -> Iterator[Doc]:
    """Read the posts of a folder or a file as documents with picture and id, in order.

    The sources are:

    - a folder of pictures and texts, with its subfolders: `a.jpg` and `a.txt` make a post, and so
      does each alone;
    - JSONL, CSV or Parquet with `text`, `image` and `id`. Each post needs a text or an image; the
      image is a path, first looked up beside the file, or the id of recorded alignments;
    - CoNLL (.conll, .txt), whose `IMGID:` is the image;
    - DocBin (.spacy), whose documents stay as they are.

    A post without an id gets its line, row or number as id. The picture's path is set under the
    name that the pipeline's `attrs` give it. A post that can't be read becomes an empty document
    with `Notes(doc).unreadable`; so does one whose picture has a path that is not UTF-8.

    Args:
        path: The folder or the file.
        nlp: The pipeline whose tokenizer and vocabulary to use.

    Raises:
        OSError: If the source can't be opened.
        ValueError: If no post of the source can be read.
    """
    suffix = "" if path.is_dir() else path.suffix.lower()
    if suffix in DOC_READERS:
        for number, doc in enumerate(DOC_READERS[suffix](path, nlp), 1):
            Notes(doc).id = Notes(doc).id or str(number)
            yield doc
        return
    reader = read_folder if path.is_dir() else READERS.get(suffix)
    if reader is None:
        raise ValueError(
            f"{path}: can't read the format {path.suffix or 'without suffix'}: give a folder, or "
            f"a file that ends in {', '.join([*DOC_READERS, *READERS])}"
        )
    base = path if path.is_dir() else path.parent
    image_path = attributes_of(nlp).image_path
    for place, record in reader(path):
        doc = Doc(nlp.vocab)
        name = place
        try:
            if isinstance(record, Exception):
                raise record
            doc = _read_post(record, base, nlp, image_path)
            name = string_field(record, "id") or place
        # a tokenizer may raise anything
        except Exception as error:
            Notes(doc).unreadable = printable(f"{path.name}:{place}: {error}")
        Notes(doc).id = printable(name)
        yield doc


def _read_post(record: Mapping[str, Any], base: Path, nlp: Language, image_path: str) -> Doc:
    text, image = (string_field(record, name) for name in ("text", "image"))
    if not text and not image:
        raise ValueError("neither a text nor an image")
    doc = nlp.make_doc(text)
    doc._.set(image_path, _find(image, base))
    return doc


def _find(image: str, base: Path) -> str:
    """Return the path of a picture beside its source if that file exists, else the name as it is.

    Raises:
        ValueError: If the path is not UTF-8, which neither `.spacy` files nor other processes take.
    """
    beside = base / image
    try:
        if not image or not beside.is_file():
            return image
    # a name that is too long, or a locked folder: opening the picture reports the reason
    except OSError:
        return image
    found = str(beside)
    if found != printable(found):
        raise ValueError(f"the picture's path {printable(found)} is not UTF-8: rename it")
    return found


def _read_conll(path: Path, nlp: Language) -> Iterator[Doc]:
    attrs = attributes_of(nlp)
    for doc in read_conll(path, nlp.vocab, attrs):
        doc._.set(attrs.image_path, _find(doc._.get(attrs.image_path), path.parent))
        yield doc


def _read_docbin(path: Path, nlp: Language) -> Iterator[Doc]:
    return read_docbin(path, nlp.vocab)


DOC_READERS = {".spacy": _read_docbin, ".conll": _read_conll, ".txt": _read_conll}
READERS: dict[str, Callable[[Path], Iterator[tuple[str, Record]]]] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
