"""Documents as a `datasets.Dataset`, and back (the extra `datasets`)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

from ..extensions import DEFAULTS, Attributes, attributes_of
from ..extras import optional
from ..iob import entities_of, iob_tag
from .notes import Notes

if TYPE_CHECKING:
    from datasets import Dataset, Features


def to_dataset(
    docs: Iterable[Doc], labels: Sequence[str] | None = None, attrs: Attributes = DEFAULTS
) -> "Dataset":
    """The documents as rows, each with its id, words, entities, picture and alignments.

    Columns: `id`, `tokens`, `spaces` (whether one follows the token), `ner_tags` (IOB2, a
    `ClassLabel`), `image`, and the alignments under the names of their extensions, None where the
    document has none. `image` is decoded when it is asked for if all pictures are files; else it
    is the path or id alone, `{"path", "bytes": None}`.

    labels: the types of entity, so that splits agree on the numbers; those found if None.
    attrs: the names of the extensions.
    ValueError for an entity of another type.
    """
    docs = list(docs)
    found = sorted({ent.label_ for doc in docs for ent in doc.ents})
    if labels is not None and (unknown := set(found) - set(labels)):
        raise ValueError(f"entities whose types are not among the labels: {sorted(unknown)}")
    paths = {doc._.get(attrs.image_path) for doc in docs} - {"", None}
    features = _features(found if labels is None else labels, attrs, all(map(_is_file, paths)))
    rows = [_row(doc, attrs) for doc in docs]
    columns = {name: [row[name] for row in rows] for name in features}
    dataset: Dataset = optional("datasets", extra="datasets").Dataset.from_dict(columns, features)
    return dataset


def from_dataset(
    dataset: "Dataset", nlp: Language, images: str | Path | None = None
) -> Iterator[Doc]:
    """A document a row of a dataset that has `tokens`, or else `text`; all else is read if there.

    `ner_tags` are IOB2 or IOB1, by number or by name. images: the folder to write pictures to that
    the dataset holds as bytes, as one of the hub does. ValueError where one is needed and missing,
    a dataset has no words, its tags are numbers without names, or a row has not one a token.
    """
    if not {"tokens", "text"} & set(dataset.column_names):
        raise ValueError(f"no column `tokens` or `text`, only {', '.join(dataset.column_names)}")
    kind = dataset.features["ner_tags"].feature if "ner_tags" in dataset.column_names else None
    if kind and kind.dtype != "string" and not hasattr(kind, "int2str"):
        raise ValueError("the numbers in `ner_tags` have no names: cast it to a ClassLabel")
    if "image" in dataset.column_names:
        # paths, not pixels
        as_path = optional("datasets", extra="datasets").Image(decode=False)
        dataset = dataset.cast_column("image", as_path)
    attrs = attributes_of(nlp)
    for number, row in enumerate(dataset, 1):
        try:
            doc = _doc(row, kind, nlp)
            doc._.set(attrs.image_path, _path(row.get("image"), images))
            for name in attrs.alignments:
                doc._.set(name, row.get(name))
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from error
        Notes(doc).id = str(number if row.get("id") in (None, "") else row["id"])
        yield doc


def _doc(row: Mapping[str, Any], kind: Any, nlp: Language) -> Doc:
    if row.get("tokens") is None:
        return nlp.make_doc(row.get("text") or "")
    doc = Doc(nlp.vocab, row["tokens"], row.get("spaces"))
    if tags := row.get("ner_tags"):
        if len(tags) != len(doc):
            raise ValueError(f"{len(tags)} tags for {len(doc)} tokens")
        doc.ents = entities_of(doc, tags if isinstance(tags[0], str) else kind.int2str(tags))
    return doc


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
    tags = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
    features: Features = kinds.Features(
        {
            "id": string,
            "tokens": kinds.List(string),
            "spaces": kinds.List(kinds.Value("bool")),
            "ner_tags": kinds.List(kinds.ClassLabel(names=tags)),
            "image": kinds.Image(decode=files),
        }
        | {name: kinds.List(item) for name, item in zip(attrs.alignments, alignments, strict=True)}
    )
    return features


def _row(doc: Doc, attrs: Attributes) -> dict[str, Any]:
    path = doc._.get(attrs.image_path)
    return {
        "id": Notes(doc).id,
        "tokens": [token.text for token in doc],
        "spaces": [bool(token.whitespace_) for token in doc],
        "ner_tags": [iob_tag(token) for token in doc],
        "image": {"path": path, "bytes": None} if path else None,
    } | {name: doc._.get(name) for name in attrs.alignments}


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
