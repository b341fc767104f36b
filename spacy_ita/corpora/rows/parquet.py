"""Reading and writing of Parquet with pyarrow (the extra `parquet`)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...alignment.recorded.rows import located
from ...extensions import Attributes
from ...extras import optional
from ..files.atomic import replacing
from ..files.utf8 import HINT
from .doc_rows import entity_keys, row_of
from .fields import PICTURE_FORMS, Record, read_columns, warn_of_unread


def read_parquet(path: Path) -> Iterator[tuple[str, Record]]:
    """Read the rows of a file.

    Yields:
        The number of a row, with its `text`, `image` and `id`, or the error of reading them.

    Raises:
        BackendError: If the file is damaged, or its columns can't be read.
    """
    parquet = optional("pyarrow.parquet", extra="parquet")
    with (
        path.open("rb") as posts,
        located(path, "as Parquet"),
        parquet.ParquetFile(posts, page_checksum_verification=True) as file,
    ):
        names = file.schema_arrow.names
        columns = read_columns(names)
        warn_of_unread(path, names)
        if "image" in columns:
            _refuse_pictures(file.schema_arrow.field("image").type)
        if "id" in columns:
            _refuse_short_floats(file.schema_arrow.field("id").type)
        number = 0
        for batch in file.iter_batches(1024, columns=columns):
            for row in _rows(batch):
                number += 1
                yield str(number), row


def _refuse_pictures(kind: Any) -> None:
    """Raise ValueError if a column of pictures doesn't hold paths or ids."""
    types = optional("pyarrow.types", extra="parquet")
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        raise ValueError(f"the column `image` is of type {kind}: {PICTURE_FORMS}")


def _refuse_short_floats(kind: Any) -> None:
    """Raise ValueError for ids in floats of 16 or 32 bits, which lose digits."""
    if str(kind) in ("halffloat", "float"):
        raise ValueError(f"the column `id` is of type {kind}, which rounds ids: write strings")


def _rows(batch: Any) -> list[dict[str, Any] | Exception]:
    # Arrow doesn't check its strings: read row by row, so that a bad one costs no other
    try:
        return batch.to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            return [ValueError(f"not UTF-8: {HINT}")]
        return [row for place in range(batch.num_rows) for row in _rows(batch.slice(place, 1))]


@contextmanager
def parquet_writer(
    path: Path, both: bool, attrs: Attributes
) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Write documents as rows, with a row group for each call; the file appears at the end.

    Args:
        path: The file.
        both: Whether the documents were read in both views.
        attrs: The names of the extensions.

    Yields:
        A function that writes a batch of documents.
    """
    arrow = optional("pyarrow", extra="parquet")
    parquet = optional("pyarrow.parquet", extra="parquet")
    entity = arrow.struct(
        {
            "start": arrow.int64(),
            "end": arrow.int64(),
            "label": arrow.string(),
            "text": arrow.string(),
            "confidence": arrow.float64(),
        }
    )
    fields = dict.fromkeys(("id", "text", "image"), arrow.string())
    fields |= dict.fromkeys(entity_keys(both), arrow.list_(entity))
    fields |= dict.fromkeys(("error", "warning"), arrow.string())
    schema = arrow.schema(fields)
    with (
        replacing(path) as part,
        parquet.ParquetWriter(part, schema, write_page_checksum=True) as writer,
    ):

        def write(docs: Sequence[Doc]) -> None:
            rows = [row_of(doc, attrs, both) for doc in docs]
            writer.write_table(arrow.Table.from_pylist(rows, schema=schema))

        yield write
