"""Predictions of VinVL as scene_graph_benchmark writes them: `image_id<TAB>JSON`."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...extensions import Attributes
from .rows import Row, parsed, rows

NO_ATTRIBUTE = "__no_attribute__"


def read(path: Path) -> Iterator[tuple[str, Row]]:
    """Read the objects of each picture, the best first, each with its likeliest attribute."""
    return parsed(path, _read_row)


def write(docs: Iterable[Doc], attrs: Attributes, path: Path) -> None:
    """Write the objects, without features and scores of attributes."""
    with path.open("w", encoding="utf8", newline="\n") as file:
        for row in rows(docs, attrs):
            objects = [
                {
                    "rect": item["box"],
                    "bbox_id": number,
                    "class": item["label"],
                    "conf": item["score"],
                    "attributes": [item["attribute"]] if item["attribute"] else [],
                }
                for number, item in enumerate(row.get("objects", []))
            ]
            # VinVL's own files have null here if no relations were requested
            found = json.dumps({"objects": objects, "relations": None})
            file.write(f"{row['image_id']}\t{found}\n")


def _read_row(line: str) -> Row:
    image_id, tab, text = line.partition("\t")
    found = json.loads(text) if tab else None
    if not isinstance(found, dict) or not isinstance(found.get("objects"), list):
        raise ValueError("a line must be an id, a tab and JSON with a list of 'objects'")
    objects = [_read_object(entry) for entry in found["objects"]]
    objects.sort(key=lambda item: -item["score"])
    return {"image_id": image_id, "objects": objects}


def _read_object(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict) or "class" not in entry:
        raise ValueError(f"an object must have a 'class', not {entry!r}")
    names = entry.get("attributes", [])
    scores = entry.get("attr_scores") or entry.get("attr_conf") or [1.0] * len(names)
    if len(scores) != len(names):
        raise ValueError(f"{len(names)} attributes, but {len(scores)} scores")
    best = names[scores.index(max(scores))] if names else ""
    return {
        "label": entry["class"],
        "attribute": "" if best == NO_ATTRIBUTE else best,
        "score": entry.get("conf", 1.0),
        "box": entry.get("rect", []),
    }
