"""Recorded alignments, read from a file."""

import json
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Literal

import spacy

from ...errors import BackendError
from ...extensions.normalisation import FIELDS, ITEMS, completed
from ..picture import Picture
from .formats import READERS, Format, Reader, format_of, vocabularies
from .rows import located, name_of

SAVED = "alignments.jsonl"
Records = dict[str, list[dict[str, Any]]]
"""Recorded entries by picture id: the fields of an entry, and its `model`."""


@spacy.registry.misc("spacy_ita.Recorded.v1")
class Recorded:
    """Alignments from a file, made elsewhere by other models.

    A picture is looked up by the document's whole path, by its file name, or by its file name
    without a picture's suffix. Documents whose picture isn't in the file get an empty alignment,
    and the first batch with one gives a warning. The records are saved with the pipeline.

    Args:
        path: The file. A line of JSONL describes a picture: `{"image_id": ..., "captions":
            [{"model", "text", "score"}, ...]}`. `objects` hold `label`, `attribute`, `score` and
            `box`, `ocr` holds `text`, `score` and `box`, `knowledge` holds `text`. Only the label
            or text is required; a plain string may stand for an entry, or for the whole list. Lines
            of the same picture add up.
        part: Kind of alignment to read.
        models: Models whose entries are used, in this order; None for all, as recorded.
        format: Format of the file, as docs/recorded.md lists them; None to go by the suffix.
        object_names: File of the names of objects, for bottom-up attention.
        attribute_names: File of the names of attributes, for bottom-up attention.

    Raises:
        ValueError: If the part or the format is unknown, bottom-up attention has no names of
            objects, or another format has names.
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
        """Look up each picture; entries have the order of the file or of `models`."""
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
                "them. There is no warning for later ones",
                stacklevel=2,
            )
        fields = FIELDS[ITEMS[self.part]]
        return [
            [{field: item[field] for field in fields} for item in items or []] for items in found
        ]

    def records(self) -> Records:
        """Read the file at first use.

        Raises:
            BackendError: If a line has another format, or the file is missing. A pipeline from disk
                warns of a missing file instead, and continues without it.
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
        """Read the file at first use; raises the errors of `records`."""
        self.records()

    def to_disk(self, path: Path) -> None:
        """Write the records into the folder `path`, or warn if their file is missing."""
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
        """Use the records in the folder `path`, or those of the config if there are none."""
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
    names = (path, PurePath(path).name, name_of(path))
    return next((records[name] for name in names if name in records), None)
