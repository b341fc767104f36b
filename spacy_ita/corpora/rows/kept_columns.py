"""The columns of a source that its output in Parquet keeps."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from spacy.tokens import Doc

from ...extensions import Attributes
from ...extras import optional
from ...sources import PictureError
from .arrow_columns import holds_bytes, is_list
from .doc_rows import OWN, post_of, shown_path
from .fields import STANDARD
from .saved_dataset import arrow_batches, arrow_files, arrow_schema
from .table_fields import picture_field

Batches = Callable[[], Iterator[Any]]
"""Reads the batches of a table from its beginning."""


class KeptColumns(Protocol):
    """Columns that come from a source, one row for each document."""

    @property
    def schema(self) -> Any:
        """The Arrow schema of the columns."""
        ...

    def take(self, docs: Sequence[Doc]) -> list[Any]:
        """Return the columns of the next rows, which are those of the documents."""
        ...


class FieldColumns:
    """The fields of posts, in columns of strings; what isn't a string is JSON.

    Args:
        names: Names of the fields.
        attrs: Names of the extensions.
        read: Reads the bytes of a picture, for a column `images`; None to write none.
    """

    def __init__(
        self, names: Sequence[str], attrs: Attributes, read: Callable[[str], bytes] | None = None
    ) -> None:
        arrow = optional("pyarrow", extra="parquet")
        self._attrs = attrs
        self._read = read
        kinds = {name: arrow.string() for name in (*names, *STANDARD) if name not in OWN}
        if read:
            kinds["images"] = arrow.list_(picture_type())
        self.schema = arrow.schema(kinds)

    def take(self, docs: Sequence[Doc]) -> list[Any]:
        """Return the columns of the documents' posts."""
        arrow = optional("pyarrow", extra="parquet")
        posts = [post_of(doc, self._attrs) for doc in docs]
        return [
            arrow.array(
                [pictures_of(doc, self._attrs, self._read) for doc in docs]
                if field.type == arrow.list_(picture_type())
                else [_as_string(post.get(field.name)) for post in posts],
                field.type,
            )
            for field in self.schema
        ]


class TableColumns:
    """The columns of a table, with their types, and with pictures as bytes and path.

    Args:
        schema: The Arrow schema of the table.
        batches: Reads the table's batches without the bytes of its pictures.
        pictures: Column of the pictures; "" for none.
        attrs: Names of the extensions.
        read: Reads the bytes of a picture; None to write none.
    """

    def __init__(
        self,
        schema: Any,
        batches: Batches,
        pictures: str,
        attrs: Attributes,
        read: Callable[[str], bytes] | None,
    ) -> None:
        arrow = optional("pyarrow", extra="parquet")
        self._batches = iter(batches())
        self._rest: Any = None
        self._attrs = attrs
        self._read = read
        self._listed = bool(pictures) and is_list(schema.field(pictures).type)
        self._pictures = pictures if pictures and holds_bytes(schema.field(pictures).type) else ""
        kind = arrow.list_(picture_type()) if self._listed else picture_type()
        fields = [
            arrow.field(field.name, kind) if field.name == self._pictures else field
            for field in schema
            if field.name not in OWN
        ]
        # without the metadata of pandas and `datasets`, which would describe the old columns
        self.schema = arrow.schema(fields)

    def take(self, docs: Sequence[Doc]) -> list[Any]:
        """Return the next rows of the table; its pictures are those of the documents."""
        arrow = optional("pyarrow", extra="parquet")
        table: Any = self._next(len(docs))
        posts = [post_of(doc, self._attrs) for doc in docs]
        columns = []
        for field in self.schema:
            if field.name == self._pictures:
                values: Any = [pictures_of(doc, self._attrs, self._read) for doc in docs]
                if not self._listed:
                    values = [next(iter(pictures), None) for pictures in values]
                columns.append(arrow.array(values, field.type))
            elif field.name in STANDARD and arrow.types.is_string(field.type):
                columns.append(arrow.array([post[field.name] for post in posts], field.type))
            else:
                columns.append(table.column(field.name).combine_chunks())
        return columns

    def _next(self, count: int) -> Any:
        arrow = optional("pyarrow", extra="parquet")
        parts = [] if self._rest is None else [self._rest]
        while sum(part.num_rows for part in parts) < count:
            parts.append(next(self._batches))
        table = arrow.Table.from_batches(parts)
        rest: list[Any] = table.slice(count).combine_chunks().to_batches()
        self._rest = rest[0] if rest else None
        return table.slice(0, count)


def picture_type() -> Any:
    """Return the Arrow type of a picture, as the Image of `datasets`."""
    arrow = optional("pyarrow", extra="parquet")
    return arrow.struct({"bytes": arrow.binary(), "path": arrow.string()})


def pictures_of(
    doc: Doc, attrs: Attributes, read: Callable[[str], bytes] | None
) -> list[dict[str, Any]]:
    """Return the pictures of a document as path and bytes, None for those that aren't read."""
    found = []
    for path in doc._.get(attrs.image_paths):
        data = None
        if read:
            # the document's warning says why
            with suppress(PictureError):
                data = read(path)
        found.append({"bytes": data, "path": shown_path(path)})
    return found


def parquet_columns(
    files: Sequence[Path], wanted: str, attrs: Attributes, read: Callable[[str], bytes] | None
) -> TableColumns:
    """Keep the columns of Parquet files of one schema.

    Args:
        files: The files.
        wanted: Column of the pictures; "" for `images` or `image`.
        attrs: Names of the extensions.
        read: Reads the bytes of a picture; None to write none.

    Raises:
        ValueError: If the files have different columns.
    """
    parquet = optional("pyarrow.parquet", extra="parquet")
    schema = parquet.read_schema(files[0])
    pictures = picture_field(files[0], schema, wanted)
    for file in files[1:]:
        if not parquet.read_schema(file).equals(schema):
            raise ValueError(f"{file}: other columns than {files[0]}: write .jsonl")
    kept = [f.name for f in schema if f.name != pictures or not holds_bytes(f.type)]

    def batches() -> Iterator[Any]:
        for path in files:
            with parquet.ParquetFile(path) as file:
                yield from file.iter_batches(1024, columns=kept)

    return TableColumns(schema, batches, pictures, attrs, read)


def saved_columns(
    folder: Path, wanted: str, attrs: Attributes, read: Callable[[str], bytes] | None
) -> TableColumns:
    """Keep the columns of a saved dataset, as `parquet_columns` does those of Parquet."""
    files = arrow_files(folder)
    schema = arrow_schema(files[0])
    pictures = picture_field(folder, schema, wanted)
    kept = [f.name for f in schema if f.name != pictures or not holds_bytes(f.type)]

    def batches() -> Iterator[Any]:
        for path in files:
            for batch in arrow_batches(path):
                yield batch.select(kept)

    return TableColumns(schema, batches, pictures, attrs, read)


def _as_string(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
