"""Alignments that were made elsewhere, read from a file."""

import json
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Literal

import spacy

from ...errors import BackendError
from ...extensions.normalisation import ITEMS, completed
from ..picture import Picture
from .formats import READERS, Format, Reader, format_of, vocabularies
from .rows import bare_name, located

SAVED = "alignments.jsonl"
Records = dict[str, list[dict[str, Any]]]
"""From picture ids to what is recorded of them: the fields of an item, and its `model`."""


@spacy.registry.misc("spacy_ita.Recorded.v1")
class Recorded:
    """Alignments from a file, for pictures that other models have seen.

    path: the file. In JSONL it has a line a picture: `{"image_id": ..., "captions": [{"model",
        "text", "score"}, ...]}`; `objects` hold `label`, `attribute`, `score` and `box`, `ocr`
        holds `text`, `score` and `box`, `knowledge` holds `text`. Only the label or text is
        needed, and a plain string will do for it, or for the whole list. Lines of the same
        picture add up.
    part: which of the four to read.
    models: the models whose entries are used, in this order; None for all, as they are recorded.
    format: that of the file, as docs/recorded.md lists them; None for the one of its suffix.
    object_names, attribute_names: for bottom-up attention, the files of what its ids stand for.

    A picture is found by the document's whole path, by its file name or by that without a
    picture's suffix. Documents whose picture isn't in the file get an empty alignment; the first
    batch with one is warned of.
    A saved pipeline carries the records that it uses.
    Raises ValueError for another part or format, for bottom-up attention without the names, and
    for names with another format.
    """

    identity = None

    def __init__(
        self,
        path: str,
        part: Literal["objects", "captions", "ocr", "knowledge"],
        models: list[str] | None = None,
        format: Format | None = None,
        object_names: str | None = None,
        attribute_names: str | None = None,
    ) -> None:
        if part not in ITEMS:
            raise ValueError(f"part must be one of {', '.join(ITEMS)}, not {part!r}")
        if format not in (None, *READERS):
            raise ValueError(f"format must be one of {', '.join(READERS)}, not {format!r}")
        known = format or format_of(path)
        names = vocabularies(known, object_names, attribute_names)
        self.path = path
        self.part = part
        self.models = models
        self._reader: Reader = partial(READERS[known], **names)
        self._source = Path(path)
        self._packaged = False
        self._warned = False
        self._records: Records | None = None

    def __call__(self, pictures: Sequence[Picture]) -> list[list[Any]]:
        """What is recorded of each picture, in the order of the file or of `models`."""
        records = self.records()
        found = [_find(picture.path, records) for picture in pictures]
        missing = [
            picture.path for picture, items in zip(pictures, found, strict=True) if items is None
        ]
        if missing and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self._source} has no {self.part} for {len(missing)} of {len(pictures)} "
                f"pictures of a batch, such as {missing[0]!r}: their documents are read without "
                f"them, and so are later ones, without another warning",
                stacklevel=2,
            )
        fields = ITEMS[self.part].__annotations__
        return [
            [{field: item[field] for field in fields} for item in items or []] for items in found
        ]

    def records(self) -> Records:
        """The records, read from the file when first asked for.

        Raises BackendError, with file and line, for a line of another format, and for a file
        that isn't there, except in a pipeline from disk, which warns and goes on without.
        """
        if self._records is None:
            try:
                self._records = self._read()
            except OSError as error:
                cause = error.strerror or error
                message = f"can't read the recorded {self.part}: {self._source}: {cause}"
                if not self._packaged:
                    raise BackendError(message) from error
                warnings.warn(f"{message}; documents are read without them", stacklevel=2)
                self._records, self._warned = {}, True
        return self._records

    def load(self) -> None:
        """Read the file, if it isn't read yet; raises as `records` does."""
        self.records()

    def to_disk(self, path: Path) -> None:
        """Write the records into the folder `path`; warns if their file is gone."""
        try:
            records = self.records()
        except BackendError as error:
            warnings.warn(f"Saved without recorded alignments: {error}", stacklevel=2)
            return
        lines = (
            json.dumps({"image_id": image_id, self.part: items})
            for image_id, items in records.items()
        )
        (path / SAVED).write_text("\n".join(lines), encoding="utf8")

    def from_disk(self, path: Path) -> None:
        """Use the records in the folder `path`, or where there are none, those of the config."""
        self._packaged = True
        if (path / SAVED).is_file():
            self._source, self._reader = path / SAVED, READERS["jsonl"]
            self._records = None

    def _read(self) -> Records:
        records: Records = {}
        models: set[str | None] = set()
        place = ""
        for place, row in self._reader(self._source):
            with located(self._source, place):
                image_id, items = self._parse(row)
            if items is not None:
                models.update(item["model"] for item in items)
                records.setdefault(image_id, []).extend(items)
        if place and not records:
            raise BackendError(f"{self._source}: no line has {self.part!r}")
        if self.models is None:
            return records
        if records and (unknown := sorted(set(self.models) - models)):
            known = sorted(map(str, models))
            raise BackendError(f"{self._source} has no {self.part} by {unknown}, only by {known}")
        return {
            image_id: [item for model in self.models for item in items if item["model"] == model]
            for image_id, items in records.items()
        }

    def _parse(self, line: Any) -> tuple[str, list[dict[str, Any]] | None]:
        if not isinstance(line, dict) or not isinstance(line.get("image_id"), str):
            raise ValueError("a line must be an object with a string 'image_id'")
        entries = line.get(self.part)
        if isinstance(entries, str):
            entries = [entries]
        if entries is not None and not isinstance(entries, list):
            raise ValueError(f"{self.part!r} must be a list, not {entries!r}")
        items = None if entries is None else [self._item(entry) for entry in entries]
        return line["image_id"], items

    def _item(self, entry: Any) -> dict[str, Any]:
        item = completed(entry, ITEMS[self.part])
        model = None if isinstance(entry, str) else entry.get("model")
        if not isinstance(model, str | None):
            raise ValueError(f"'model' must be a string, not {model!r}")
        return {**item, "model": model}


def _find(path: str, records: Records) -> list[dict[str, Any]] | None:
    names = (path, PurePath(path).name, bare_name(path))
    return next((records[name] for name in names if name in records), None)
