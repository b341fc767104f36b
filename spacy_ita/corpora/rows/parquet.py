"""Reading and writing of Parquet with pyarrow (the extra `parquet`)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spacy.tokens import Doc

from ...alignment.recorded.rows import located
from ...extensions import Attributes
from ...extras import optional
from ...sources.parquet_cursor import batch_rows
from ..files.atomic import replacing
from .annotation_columns import annotation_columns, annotation_types
from .arrow_columns import is_binary, rows_of
from .fields import Record
from .kept_columns import KeptColumns
from .pictures import CONTENT
from .table_fields import picture_field, with_cells


def read_parquet(path: Path, wanted: str = "") -> Iterator[tuple[str, Record]]:
    """Read the rows of a file, with references in place of the pictures' bytes.

    Args:
        path: The file.
        wanted: Column of the pictures; "" for `images` or `image`.

    Yields:
        The number of a row, with its fields and its pictures, or the error of reading them.

    Raises:
        BackendError: If the file is damaged, or its columns can't be read.
    """
    parquet = optional("pyarrow.parquet", extra="parquet")
    with (
        path.open("rb") as posts,
        located(path, "as Parquet"),
        parquet.ParquetFile(posts, page_checksum_verification=True, buffer_size=2**20) as file,
    ):
        schema = file.schema_arrow
        pictures = picture_field(path, schema, wanted)
        full = always_full(file, pictures) if pictures else False
        columns = [name for name in schema.names if name != pictures or not full]
        size = batch_rows(file, 0, pictures) if pictures and file.num_row_groups else 0
        batches = file.iter_batches(size if size and not full else 1024, columns=columns)
        rows = (row for batch in batches for row in rows_of(batch))
        if full:
            rows = (r if isinstance(r, Exception) else {**r, pictures: CONTENT} for r in rows)
        for number, record in enumerate(with_cells(rows, pictures, "parquet", path), 1):
            yield str(number), record


def always_full(file: Any, column: str) -> bool:
    """Return whether the file says that no row of a column of plain bytes is null.

    Such a column needs no reading: each row has a picture.
    """
    if not is_binary(file.schema_arrow.field(column).type):
        return False
    for group in range(file.num_row_groups):
        about = file.metadata.row_group(group)
        chunks = [about.column(n) for n in range(about.num_columns)]
        [chunk] = [chunk for chunk in chunks if chunk.path_in_schema == column]
        known = chunk.statistics is not None and chunk.statistics.has_null_count
        if not known or chunk.statistics.null_count:
            return False
    return True


@contextmanager
def parquet_writer(
    path: Path, kept: KeptColumns, attrs: Attributes, both: bool = False, aligned: bool = False
) -> Iterator[Callable[[Sequence[Doc]], None]]:
    """Write documents as rows, with a row group for each call; the file appears at the end.

    Args:
        path: The file.
        kept: The columns of the posts.
        attrs: The names of the extensions.
        both: Whether the documents were read in both views.
        aligned: Whether the rows hold the alignments, and not the entities.

    Yields:
        A function that writes a batch of documents.
    """
    arrow = optional("pyarrow", extra="parquet")
    parquet = optional("pyarrow.parquet", extra="parquet")
    added = annotation_types(attrs, both, aligned)
    # a column of the source that an annotation replaces
    names = [name for name in kept.schema.names if name not in added]
    schema = arrow.schema([*map(kept.schema.field, names), *added.items()])
    with (
        replacing(path) as part,
        parquet.ParquetWriter(part, schema, write_page_checksum=True) as writer,
    ):

        def write(docs: Sequence[Doc]) -> None:
            columns = dict(zip(kept.schema.names, kept.take(docs), strict=True))
            columns |= annotation_columns(docs, attrs, both, aligned)
            writer.write_table(
                arrow.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
            )

        yield write
