"""Conversion of documents to a `datasets.Dataset` and back (the extra `datasets`)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes, attributes_of
from ..extensions.alignments import Alignment
from ..extensions.normalisation import PICTURE
from ..extras import optional
from .conll.tag_schemes import TAG, TAG_FORMS, entities_of, iob_tag
from .notes import Notes
from .rows.fields import string_field, warn_of_unread
from .rows.pictures import FORMS

if TYPE_CHECKING:
    from datasets import Dataset, Features


def to_dataset(
    docs: Iterable[Doc], labels: Sequence[str] | None = None, attrs: Attributes = DEFAULTS
) -> "Dataset":
    """Convert documents to a dataset with a row for each.

    Args:
        docs: The documents.
        labels: The types of entities, so that the numbers of all splits agree; the types found
            in the documents if None.
        attrs: The names of the extensions.

    Returns:
        A dataset with the columns `id`, `tokens`, `spaces` (whether a space follows the token),
        `ner_tags` (IOB2, a `ClassLabel`), `image`, `images` if a document has several, and the
        alignments under the names of their extensions, None where a document has none. If all
        pictures are files, they are decoded on demand; otherwise they are the path or the id,
        `{"path", "bytes": None}`.

    Raises:
        ValueError: If an entity has a type that is not among the labels.
    """
    docs = list(docs)
    found = sorted({ent.label_ for doc in docs for ent in doc.ents})
    if labels is not None and (unknown := set(found) - set(labels)):
        raise ValueError(f"entities whose types are not among the labels: {sorted(unknown)}")
    paths = [doc._.get(attrs.image_paths) for doc in docs]
    files = all(_is_file(path) for own in paths for path in own)
    features = _features(found if labels is None else labels, attrs, files)
    if all(len(own) < 2 for own in paths):
        del features["images"]
    rows = [_row(doc, attrs) for doc in docs]
    columns = {name: [row[name] for row in rows] for name in features}
    dataset: Dataset = optional("datasets", extra="datasets").Dataset.from_dict(columns, features)
    return dataset


def from_dataset(
    dataset: "Dataset", nlp: Language, images: str | Path | None = None
) -> Iterator[Doc]:
    """Yield a document for each row of a dataset that has `tokens`, or else `text`.

    Everything else is read if it is there.

    Args:
        dataset: The rows. `ner_tags` are tags of any scheme, by number or by name.
        nlp: The pipeline whose tokenizer, vocabulary and names of extensions to use.
        images: The folder for pictures that the dataset holds as bytes, as datasets of the hub do.

    Raises:
        ValueError: If the dataset has no words, its tags are numbers without names, or the tokens,
            tags or picture of a row can't be read; names column or row.
    """
    if isinstance(dataset, Mapping):
        raise ValueError(f"a dataset of several splits: give one of them ({', '.join(dataset)})")
    columns = dataset.column_names
    if columns is None:
        raise ValueError("the dataset's columns aren't known: give it `features`")
    if not {"tokens", "text"} & set(columns):
        raise ValueError(f"no column `tokens` or `text`, only {', '.join(columns)}")
    warn_of_unread("the dataset", columns)
    names = _names_of_tags(dataset.features["ner_tags"]) if "ner_tags" in columns else None
    for name in {"image", "images"} & set(columns):
        dataset = _with_paths(dataset, name)
    attrs = attributes_of(nlp)
    # lists and strings, not tensors
    for number, row in enumerate(dataset.with_format(None), 1):
        try:
            doc = _doc(row, names, nlp)
            pictures = row.get("images") or [row.get("image")]
            doc._.set(attrs.image_paths, [_path(picture, images) for picture in pictures])
            for name in attrs.alignments:
                doc._.set(name, row.get(name))
            Notes(doc).id = string_field(row, "id") or str(number)
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from error
        yield doc


def _names_of_tags(column: Any) -> Sequence[str] | None:
    """Return the tags that the numbers of a column stand for; None if it holds tags itself."""
    kind = getattr(column, "feature", None)
    if kind is None:
        raise ValueError("`ner_tags` must hold a list for each row, with a tag for each token")
    names: Sequence[str] | None = getattr(kind, "names", None)
    if names is None and kind.dtype not in ("string", "large_string"):
        raise ValueError("the numbers in `ner_tags` have no names: cast the column to a ClassLabel")
    return names


def _with_paths(dataset: "Dataset", name: str) -> "Dataset":
    """Cast the pictures of a dataset to paths and bytes, not pixels."""
    kinds = optional("datasets", extra="datasets")
    as_path = kinds.Image(decode=False)
    try:
        return dataset.cast_column(name, as_path if name == "image" else kinds.List(as_path))
    # Arrow and `datasets` raise several types
    except Exception as error:
        kind = dataset.features[name]
        raise ValueError(f"the column `{name}` is of type {kind}: {FORMS}") from error


def _doc(row: Mapping[str, Any], names: Sequence[str] | None, nlp: Language) -> Doc:
    tokens = row.get("tokens")
    if tokens is None:
        return nlp.make_doc(string_field(row, "text"))
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"`tokens` must be a list of strings, not {tokens!r:.60}")
    doc = Doc(nlp.vocab, tokens, row.get("spaces"))
    if tags := row.get("ner_tags"):
        if len(tags) != len(doc):
            raise ValueError(f"{len(tags)} tags for {len(doc)} tokens")
        doc.ents = entities_of(doc, [_tag(tag, names) for tag in tags])
    return doc


def _tag(tag: str | int | None, names: Sequence[str] | None) -> str:
    if names is not None and isinstance(tag, int) and 0 <= tag < len(names):
        tag = names[tag]
    if not isinstance(tag, str) or not TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is not a tag: {TAG_FORMS}")
    return tag


def _features(labels: Sequence[str], attrs: Attributes, files: bool) -> "Features":
    kinds = optional("datasets", extra="datasets")
    string, number = kinds.Value("string"), kinds.Value("float64")
    box = kinds.List(number)
    alignments = (
        {"label": string, "attribute": string, "score": number, "box": box},
        {"text": string, "score": number},
        {"text": string, "score": number, "box": box},
        {"text": string},
    )
    picture = {PICTURE: kinds.Value("int64")}
    tags = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
    features: Features = kinds.Features(
        {
            "id": string,
            "tokens": kinds.List(string),
            "spaces": kinds.List(kinds.Value("bool")),
            "ner_tags": kinds.List(kinds.ClassLabel(names=tags)),
            "image": kinds.Image(decode=files),
            "images": kinds.List(kinds.Image(decode=files)),
        }
        | {
            name: kinds.List(item | picture)
            for name, item in zip(attrs.alignments, alignments, strict=True)
        }
    )
    return features


def _row(doc: Doc, attrs: Attributes) -> dict[str, Any]:
    pictures = [{"path": path, "bytes": None} for path in doc._.get(attrs.image_paths)]
    return {
        "id": Notes(doc).id,
        "tokens": [token.text for token in doc],
        "spaces": [bool(token.whitespace_) for token in doc],
        "ner_tags": [iob_tag(token) for token in doc],
        "image": pictures[0] if pictures else None,
        "images": pictures,
    } | {name: _numbered(doc._.get(name)) for name in attrs.alignments}


def _numbered(entries: Alignment | None) -> list[dict[str, Any]] | None:
    """Add None as the number of the picture where there is only one."""
    return None if entries is None else [{PICTURE: None, **entry} for entry in entries]


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _path(image: Mapping[str, Any] | None, images: str | Path | None) -> str:
    path, data = (image["path"] or "", image["bytes"]) if image else ("", None)
    if data is None:
        return path
    if images is None:
        raise ValueError("the pictures are bytes in the dataset: give a folder to write them to")
    Path(images).mkdir(parents=True, exist_ok=True)
    file = Path(images) / (hashlib.sha256(data).hexdigest()[:16] + Path(path).suffix)
    file.write_bytes(data)
    return str(file)
