"""Bottom-up attention with predicted names: the TSV of LXMERT (Tan and Bansal, 2019)."""

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..vocabularies import read_words
from .rows import Row, parsed

COLUMNS = (
    "img_id img_h img_w objects_id objects_conf attrs_id attrs_conf num_boxes boxes features"
).split()


def read(
    path: Path, object_names: Path, attribute_names: Path | None = None
) -> Iterator[tuple[str, Row]]:
    """The objects of each picture, the best first; the features are passed over.

    object_names, attribute_names: files of the names in the order of the ids, a line each, as in
        `objects_vocab.txt` and `attributes_vocab.txt` of bottom-up-attention: of synonyms, with
        commas between, the first is taken. Without the second, objects have no attribute.
    """
    labels = _names(object_names)
    words = None if attribute_names is None else _names(attribute_names)
    return parsed(path, partial(_read_row, labels=labels, words=words))


def _names(path: Path) -> list[str]:
    return [line.partition(",")[0] for line in read_words(path)]


def _read_row(line: str, labels: list[str], words: list[str] | None) -> Row:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise ValueError(
            f"a line has the {len(COLUMNS)} columns {', '.join(COLUMNS)}, not {len(cells)}; "
            f"files without the ids of objects name none"
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
        attributes = [_name(words, number) for number in column("attrs_id", np.int64)[:, 0]]
    found = [
        {"label": _name(labels, number), "attribute": attribute, "score": score, "box": box}
        for number, attribute, score, box in zip(
            column("objects_id", np.int64)[:, 0],
            attributes,
            scores.tolist(),
            column("boxes", np.float32, 4).tolist(),
            strict=True,
        )
    ]
    found.sort(key=lambda item: -item["score"])
    return {"image_id": row["img_id"], "objects": found}


def _name(names: list[str], number: int) -> str:
    if not 0 <= number < len(names):
        raise ValueError(f"the id {number} has no name: the vocabulary has {len(names)}")
    return names[number]
