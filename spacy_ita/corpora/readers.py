"""Readers of posts from folders, JSONL, CSV, Parquet, archives, `datasets`, CoNLL and DocBin."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from ..extensions import attributes_of
from .conll import read_conll
from .docbin import read_docbin
from .files.archive import ARCHIVES, suffix_of
from .files.picture_places import PicturePlaces
from .files.utf8 import printable
from .folder import read_folder, shards_of
from .mner_mi import is_mner_mi, read_mner_mi
from .notes import Notes
from .read_options import DEFAULT, ReadOptions
from .rows import OWN
from .rows.csv import read_csv
from .rows.fields import STANDARD, Record, check_utf8, string_field
from .rows.jsonl import read_jsonl
from .rows.parquet import read_parquet
from .rows.saved_dataset import is_saved, read_saved_dataset
from .rows.table_fields import PICTURES
from .webdataset import read_archive


def read_corpus(path: Path, nlp: Language, reading: ReadOptions = DEFAULT) -> Iterator[Doc]:
    """Read the posts of a folder or a file as documents with pictures and id, in order.

    The sources are:

    - a folder of pictures and texts, with its subfolders: `a.jpg` and `a.txt` make a post, and so
      does each alone;
    - JSONL, CSV or Parquet with `text`, `image` or `images`, and `id`. Each post needs a text or an
      image; an image is a path, first looked up beside the file, a URI, the id of recorded
      alignments, or the picture itself;
    - a tar or zip of pictures with `.txt` or `.json`, as WebDataset has them;
    - a dataset that `datasets` saved to disk;
    - a folder of such files, which are read one after another;
    - CoNLL (.conll, .txt), whose `IMGID:` is the image;
    - DocBin (.spacy), whose documents stay as they are.

    A post without an id gets its line, row or number as id. The pictures' paths are set under the
    names that the pipeline's `attrs` give them. A post that can't be read becomes an empty document
    with `Notes(doc).unreadable`; so does one whose picture has a path that is not UTF-8.

    Args:
        path: The folder or the file.
        nlp: The pipeline whose tokenizer and vocabulary to use.
        reading: Where the pictures are.

    Raises:
        OSError: If the source can't be opened.
        ValueError: If no post of the source can be read.
    """
    suffix = "" if path.is_dir() else suffix_of(path)
    if suffix in DOC_READERS:
        for number, doc in enumerate(DOC_READERS[suffix](path, nlp), 1):
            Notes(doc).id = Notes(doc).id or str(number)
            yield doc
        return
    shards = shards_of(path) if path.is_dir() else []
    places = PicturePlaces(path if path.is_dir() else path.parent, reading.images)
    for shard in shards or [path]:
        # rows of several files have numbers in common
        prefix = f"{shard.name}:" if shards else ""
        yield from docs_of(records(shard, reading), nlp, places, shard.name, prefix)


def docs_of(
    posts: Iterable[tuple[str, Record]],
    nlp: Language,
    places: PicturePlaces,
    title: str,
    prefix: str = "",
) -> Iterator[Doc]:
    """Convert records to documents; one that can't be converted has `Notes(doc).unreadable`.

    Args:
        posts: Records with their names, which are the ids of those without one.
        nlp: The pipeline whose tokenizer and vocabulary to use.
        places: Where their pictures are looked up.
        title: Name of the source in messages.
        prefix: What precedes the names of records that become ids.
    """
    image_paths = attributes_of(nlp).image_paths
    for place, record in posts:
        doc = Doc(nlp.vocab)
        name = f"{prefix}{place}"
        try:
            if isinstance(record, Exception):
                raise record
            doc = _read_post(record, places, nlp, image_paths)
            name = string_field(record, "id") or name
        # a tokenizer may raise anything
        except Exception as error:
            Notes(doc).unreadable = printable(f"{title}:{place}: {error}")
        Notes(doc).id = printable(name)
        yield doc


def records(path: Path, reading: ReadOptions = DEFAULT) -> Iterator[tuple[str, Record]]:
    """Read the posts of a folder or a file as records.

    Raises:
        ValueError: If the format is unknown.
    """
    if path.is_dir():
        return (
            read_saved_dataset(path, reading.picture_column)
            if is_saved(path)
            else read_folder(path)
        )
    if suffix_of(path) in ARCHIVES:
        return read_archive(path)
    if reader := READERS.get(suffix_of(path)):
        return reader(path, reading.picture_column)
    raise ValueError(
        f"{path}: can't read the format {path.suffix or 'without suffix'}: give a folder, or "
        f"a file that ends in {', '.join([*DOC_READERS, *READERS, *ARCHIVES])}"
    )


def _read_post(
    record: Mapping[str, Any], places: PicturePlaces, nlp: Language, image_paths: str
) -> Doc:
    text = string_field(record, "text")
    sources = record.get(PICTURES, [])
    words = record.get("tokens")
    if not text and not sources and not words:
        raise ValueError("neither a text nor an image")
    doc = nlp.make_doc(text) if text or not words else Doc(nlp.vocab, list(words))
    doc._.set(image_paths, [places.find(check_utf8(source, "image")) for source in sources])
    if set(record) - {PICTURES} - set(STANDARD):
        kept = {name: value for name, value in record.items() if name not in (PICTURES, *OWN)}
        Notes(doc).post = json.dumps(kept, ensure_ascii=False, default=str)
    return doc


def _read_conll(path: Path, nlp: Language) -> Iterator[Doc]:
    attrs = attributes_of(nlp)
    places = PicturePlaces(path.parent)
    for doc in read_conll(path, nlp.vocab, attrs):
        doc._.set(attrs.image_path, places.find(doc._.get(attrs.image_path)))
        yield doc


def _read_columns(path: Path, nlp: Language) -> Iterator[Doc]:
    if is_mner_mi(path):
        return read_mner_mi(path, nlp.vocab, attributes_of(nlp))
    return _read_conll(path, nlp)


def _read_docbin(path: Path, nlp: Language) -> Iterator[Doc]:
    return read_docbin(path, nlp.vocab)


DOC_READERS = {".spacy": _read_docbin, ".conll": _read_conll, ".txt": _read_columns}
READERS: dict[str, Callable[[Path, str], Iterator[tuple[str, Record]]]] = {
    ".jsonl": read_jsonl,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
