"""What the output of a run keeps of its source."""

from collections.abc import Callable
from pathlib import Path

from ..extensions import Attributes
from .files.archive import suffix_of
from .folder import shards_of
from .read_options import ReadOptions
from .readers import DOC_READERS, records
from .rows.kept_columns import FieldColumns, KeptColumns, parquet_columns, saved_columns
from .rows.saved_dataset import is_saved
from .rows.table_fields import PICTURES


def kept_columns(
    source: Path,
    reading: ReadOptions,
    attrs: Attributes,
    read: Callable[[str], bytes] | None = None,
) -> KeptColumns:
    """Choose the columns that Parquet keeps of a source: all that it has.

    Args:
        source: The folder or file of the corpus.
        reading: How it is read.
        attrs: Names of the extensions.
        read: Reads the bytes of a picture, which are written again; None to write none.

    Raises:
        ValueError: If the source can't be read.
    """
    if source.is_dir() and is_saved(source):
        return saved_columns(source, reading.picture_column, attrs, read)
    files = (source.is_dir() and shards_of(source)) or [source]
    if all(suffix_of(file) == ".parquet" for file in files):
        return parquet_columns(files, reading.picture_column, attrs, read)
    names: dict[str, None] = {}
    for file in files:
        # a folder has no fields, and a pipe can't be read twice
        if file.is_file() and suffix_of(file) not in DOC_READERS:
            for _, record in records(file, reading):
                if not isinstance(record, Exception):
                    names |= dict.fromkeys(name for name in record if name != PICTURES)
    return FieldColumns(list(names), attrs, read)
