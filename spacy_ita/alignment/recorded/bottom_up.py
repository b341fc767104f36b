"""Bottom-up attention with predicted names: the TSV of LXMERT (Tan and Bansal, 2019)."""

import base64
import warnings
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc

from ...extensions import Attributes
from ..picture import Picture, PictureError
from ..vocabularies import read_words
from .rows import Row, image_id, parsed, rows

COLUMNS = (
    "img_id img_h img_w objects_id objects_conf attrs_id attrs_conf num_boxes boxes features"
).split()
UNKNOWN = [0.0] * 4
"""Sides that stand for an unknown box."""


def read(
    path: Path, object_names: Path, attribute_names: Path | None = None
) -> Iterator[tuple[str, Row]]:
    """Read the objects of each picture, the best first, and skip the features.

    Args:
        path: The file.
        object_names: File with one name per line in the order of the ids, such as
            `objects_vocab.txt` of bottom-up-attention. The first of several synonyms, which commas
            separate, is used.
        attribute_names: File of the attributes' names, such as `attributes_vocab.txt`; None to
            leave attributes out. An attribute with zero confidence is left out too.

    Yields:
        The place of each row in the file, and the row.
    """
    labels = _names(object_names)
    words = None if attribute_names is None else _names(attribute_names)
    return parsed(path, partial(_read_row, labels=labels, words=words))


def write(
    docs: Iterable[Doc],
    attrs: Attributes,
    path: Path,
    object_names: Path,
    attribute_names: Path | None = None,
) -> None:
    """Write the objects, with an empty column of features.

    The confidence of an attribute is 1, or 0 for none. An unknown box, and the size of a picture
    that can't be opened, are zeros. One warning counts the labels and attributes without an id,
    which are left out.

    Args:
        docs: The documents.
        attrs: Names of the extensions.
        path: The file to write.
        object_names: File of names as in `read`; each synonym has the id of its line.
        attribute_names: File of the attributes' names; None to leave attributes out.
    """
    labels = _ids(object_names)
    words = {} if attribute_names is None else _ids(attribute_names)
    docs = list(docs)
    paths = {image_id(path): path for doc in docs for path in doc._.get(attrs.image_paths)}
    unknown: list[str] = []
    with path.open("w", encoding="utf8", newline="\n") as file:
        for row in rows(docs, attrs):
            found = [item for item in row.get("objects", []) if item["label"] in labels]
            for item in row.get("objects", []):
                names = [(item["label"], labels)]
                if attribute_names is not None and item["attribute"]:
                    names.append((item["attribute"], words))
                unknown += [name for name, ids in names if name not in ids]
            columns = (
                ([labels[item["label"]] for item in found], np.int64),
                ([item["score"] for item in found], np.float32),
                ([words.get(item["attribute"], 0) for item in found], np.int64),
                ([item["attribute"] in words for item in found], np.float32),
            )
            boxes = [item["box"] or UNKNOWN for item in found]
            width, height = _size(paths[row["image_id"]])
            cells = [row["image_id"], str(height), str(width)]
            cells += [_encoded(values, kind) for values, kind in columns]
            cells += [str(len(found)), _encoded(boxes, np.float32), ""]
            file.write("\t".join(cells) + "\n")
    if unknown:
        warnings.warn(
            f"{len(unknown)} labels and attributes have no id in the vocabularies and are left "
            f"out, such as {unknown[0]!r}",
            stacklevel=2,
        )


def _names(path: Path) -> list[str]:
    return [line.partition(",")[0] for line in read_words(path)]


def _ids(path: Path) -> dict[str, int]:
    # the first of two lines with the same name counts
    lines = reversed([*enumerate(read_words(path))])
    return {
        name.strip(): number for number, line in lines for name in line.split(",") if name.strip()
    }


def _size(path: str) -> tuple[int, int]:
    try:
        return Picture(path).image.size
    except PictureError:
        return 0, 0


def _encoded(values: Iterable[Any], kind: Any) -> str:
    return base64.b64encode(np.array(values, dtype=kind).tobytes()).decode()


def _read_row(line: str, labels: list[str], words: list[str] | None) -> Row:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ValueError(
            f"a line must have the {len(COLUMNS)} columns {', '.join(COLUMNS)}, not {len(cells)}; "
            f"files without ids of objects do not name the objects"
        )
    row = dict(zip(COLUMNS, cells, strict=True))
    count = int(row["num_boxes"])

    def column(name: str, kind: Any, width: int = 1) -> Any:
        values = np.frombuffer(base64.b64decode(row[name], validate=True), dtype=kind)
        if len(values) != count * width:
            raise ValueError(f"{name!r} has {len(values)} numbers, not {count * width}")
        return values.reshape(count, width)

    scores = column("objects_conf", np.float32)[:, 0]
    attributes = [""] * count
    if words is not None:
        attributes = [
            _name(words, number) if confidence else ""
            for number, confidence in zip(
                column("attrs_id", np.int64)[:, 0],
                column("attrs_conf", np.float32)[:, 0],
                strict=True,
            )
        ]
    found = [
        {"label": _name(labels, number), "attribute": attribute, "score": score, "box": box}
        for number, attribute, score, box in zip(
            column("objects_id", np.int64)[:, 0],
            attributes,
            scores.tolist(),
            [box if any(box) else [] for box in column("boxes", np.float32, 4).tolist()],
            strict=True,
        )
    ]
    found.sort(key=lambda item: -item["score"])
    return {"image_id": row["img_id"], "objects": found}


def _name(names: list[str], number: int) -> str:
    if not 0 <= number < len(names):
        raise ValueError(f"the id {number} has no name: the vocabulary has {len(names)}")
    return names[number]
