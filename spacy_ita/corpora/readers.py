"""Readers of posts from folders, JSONL, CSV, Parquet, CoNLL and DocBin."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..alignment.picture import FORMATS
from ..extensions import attributes_of
from .conll import read_conll
from .fields import read_columns, string_field, warn_of_unread
from .notes import Notes
from .parquet import read_parquet
from .utf8 import UTF16, decode

LONGEST_FIELD = 2**27
"""Limit of a field in CSV, in characters; Python's own limit is 131,072."""

Record = Mapping[str, Any] | Exception
"""The raw `text`, `image` and `id` of a post, or the error that its source raised."""


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
    reader = _read_folder if path.is_dir() else READERS.get(suffix)
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


def printable(text: str) -> str:
    """Escape the bytes of a text that are not UTF-8, as a file's name may hold."""
    return text.encode(errors="backslashreplace").decode()


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


def _read_conll(path: Path, nlp: Language) -> Iterator[Doc]:
    attrs = attributes_of(nlp)
    for doc in read_conll(path, nlp.vocab, attrs):
        doc._.set(attrs.image_path, _find(doc._.get(attrs.image_path), path.parent))
        yield doc


UNREAD = {".heic", ".heif", ".ico", ".svg"}
"""Unsupported picture formats; the failure is reported with the post."""


def _read_folder(path: Path) -> Iterator[tuple[str, Record]]:
    pictures = {end for end, name in Image.registered_extensions().items() if name in FORMATS}
    pictures |= UNREAD
    files = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(path).parts)
    )
    texts = {file.with_suffix(""): file for file in files if file.suffix.lower() == ".txt"}
    stems = {file.with_suffix("") for file in files if file.suffix.lower() in pictures}
    if files and not texts and not stems:
        raise ValueError(
            f"{path}: a folder without pictures and texts (.txt): to read posts of another format, "
            f"give their file"
        )
    for file in files:
        stem, suffix = file.with_suffix(""), file.suffix.lower()
        name = file.relative_to(path).as_posix()
        is_picture = suffix in pictures
        if not is_picture and (suffix != ".txt" or stem in stems):
            continue
        text = texts.get(stem) if is_picture else file
        try:
            if is_picture and name != printable(name):
                raise ValueError("the picture's name is not UTF-8: rename it")
            content = decode(text.read_bytes()).strip() if text else ""
            yield name, {"text": content, "image": name if is_picture else ""}
        except (OSError, ValueError) as error:
            yield name, error


def _read_jsonl(path: Path) -> Iterator[tuple[str, Record]]:
    warned = False
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(decode(line))
                if not isinstance(record, dict):
                    raise ValueError(f"a line must be an object, not {record!r:.60}")
                warned = warned or warn_of_unread(path, [key for key in record if record[key]])
                yield str(number), record
            # deeply nested lists raise RecursionError
            except (ValueError, RecursionError) as error:
                yield str(number), error


def _read_csv(path: Path) -> Iterator[tuple[str, Record]]:
    # other bytes than UTF-8 become surrogates, which string_field refuses
    with (
        path.open("rb") as data,
        io.TextIOWrapper(data, "utf-8-sig", errors="surrogateescape", newline="") as file,
    ):
        # no second open: a pipe can be opened only once
        if (mark := data.peek(2)[:2]) in UTF16:
            decode(mark)
        # strict: otherwise an unclosed quote would swallow the rest of the file
        rows = csv.DictReader(file, strict=True)
        try:
            names = rows.fieldnames
        except csv.Error as error:
            raise ValueError(f"{path}:1: the names of the columns: {error}") from error
        if names is None:
            raise ValueError(f"{path}: the file is empty")
        rows.fieldnames = names = [name.strip() for name in names]
        try:
            read_columns(names)
        except ValueError as error:
            hint = "; columns must be separated by commas" if len(names) == 1 else ""
            raise ValueError(f"{path}: {error}{hint}") from error
        warn_of_unread(path, names)
        number = 0
        while True:
            number += 1
            start = rows.reader.line_num + 1
            # the limit belongs to the process, where another reader may need its own
            limit = csv.field_size_limit(LONGEST_FIELD)
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                lines = f"the lines {start} to {rows.reader.line_num}"
                yield str(number), ValueError(f"a quote isn't closed in {lines}: {error}")
                continue
            finally:
                csv.field_size_limit(limit)
            whole = None not in row and None not in row.values()
            yield str(number), row if whole else ValueError("more or fewer fields than columns")


def _read_docbin(path: Path, nlp: Language) -> Iterator[Doc]:
    return read_docbin(path, nlp.vocab)


DOC_READERS = {".spacy": _read_docbin, ".conll": _read_conll, ".txt": _read_conll}
READERS: dict[str, Callable[[Path], Iterator[tuple[str, Record]]]] = {
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".parquet": read_parquet,
}
