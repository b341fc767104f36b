"""Annotation of the batches of Ray Data, and of any other tables of Arrow."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..context import Views
from ..corpora.files.picture_places import PicturePlaces
from ..corpora.readers import docs_of
from ..corpora.rows.annotation_columns import annotation_columns
from ..corpora.rows.arrow_columns import is_binary, rows_of
from ..corpora.rows.fields import Record
from ..corpora.rows.pictures import as_data_uri, pictures_in
from ..corpora.rows.table_fields import PICTURES, picture_field
from ..extensions import attributes_of
from ..extensions.accessors import data_uri
from ..extras import optional
from ..pipeline.loading import load_annotator

SOURCE = Path("batch")
"""Name of the source in messages."""


class BatchAnnotator:
    """A callable class for `ray.data.Dataset.map_batches(batch_format="pyarrow")`.

    It takes a table of posts with `text`, `image` or `images`, and returns the same table with the
    columns `entities`, `error` and `warning`, as `spacy ita annotate` writes them. A picture is the
    bytes of its file, a struct of bytes and path, a path, a URI, or a list of these.

    Args:
        pipeline: Name or folder of the pipeline, which each process loads once.
        view: `"I+T"`, `"T"`, or `"both"`, whose columns are `entities_text` and `entities_image`.
        picture_column: Column of the pictures; "" for `images` or else `image`.
        images: Folder, zip or tar in which pictures are looked up by name; None for none.
        cache: SQLite file of alignments, on each machine's own disk; None for none.
        code: Python file to import first; None for none.
        allow_http: Whether to fetch pictures from the web.

    Raises:
        OSError: If there is no such pipeline.
        ValueError: If the pipeline has no `crf_ner`, or several.
    """

    def __init__(
        self,
        pipeline: str,
        view: str = "I+T",
        *,
        picture_column: str = "",
        images: Path | None = None,
        cache: Path | None = None,
        code: Path | None = None,
        allow_http: bool = False,
    ) -> None:
        self._annotator = load_annotator(pipeline, Views(view), cache, code, allow_http)
        self._picture_column = picture_column
        self._places = PicturePlaces(Path(), images)

    def __call__(self, batch: Any) -> Any:
        """Annotate a batch.

        Args:
            batch: A `pyarrow.Table`.

        Raises:
            BackendError: If an engine can't run at all.
            TypeError: If the batch is no such table.
            ValueError: If a column can't be read.
        """
        arrow = optional("pyarrow", extra="parquet")
        if not isinstance(batch, arrow.Table):
            name = type(batch).__name__
            raise TypeError(f'a batch is a {name}: give map_batches(batch_format="pyarrow")')
        nlp = self._annotator.nlp
        with nlp.memory_zone():
            docs = docs_of(self._posts(batch), nlp, self._places, SOURCE.name)
            done = self._annotator(list(docs))
            both = self._annotator.views is Views.BOTH
            added = annotation_columns(done, attributes_of(nlp), both)
        kept = batch.select([name for name in batch.schema.names if name not in added])
        for name, column in added.items():
            kept = kept.append_column(name, column)
        return kept

    def _posts(self, batch: Any) -> Iterator[tuple[str, Record]]:
        """Read the rows of a batch, with the bytes of their pictures as `data:` URIs."""
        pictures = picture_field(SOURCE, batch.schema, self._picture_column)
        read = {"id", "text", "tokens", pictures}
        table = _with_decoded_text(batch.select([n for n in batch.schema.names if n in read]))
        rows = (row for part in table.to_batches() for row in rows_of(part))
        for number, row in enumerate(rows):
            if isinstance(row, Exception):
                yield str(number), row
                continue
            cell = row.pop(pictures, None)
            locate = partial(_embedded, pictures and table.column(pictures), number)
            try:
                yield str(number), {**row, PICTURES: pictures_in(cell, locate)}
            except ValueError as error:
                yield str(number), error


def _with_decoded_text(table: Any) -> Any:
    """Cast a `text` of bytes, as `read_webdataset(decoder=None)` gives it, to strings."""
    arrow = optional("pyarrow", extra="parquet")
    place = table.schema.get_field_index("text")
    if place < 0 or not is_binary(table.schema.field(place).type):
        return table
    # Arrow doesn't check the bytes, and the row reports them
    column = table.column(place).cast(arrow.binary()).cast(arrow.string(), safe=False)
    return table.set_column(place, "text", column)


def _embedded(column: Any, row: int, *positions: int) -> str:
    """Return the picture in a cell as a `data:` URI."""
    value = column[row].as_py()
    for position in positions:
        value = value[position]
    if isinstance(value, Mapping):
        value = value["bytes"]
    if isinstance(value, bytes):
        return data_uri(value)
    return as_data_uri(value)
