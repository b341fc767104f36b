"""What a row has beside its post, as columns of Arrow."""

from collections.abc import Sequence
from typing import Any

from spacy.tokens import Doc

from ...extensions import Attributes
from ...extensions.alignments import Box
from ...extensions.normalisation import FIELDS, ITEMS, PICTURE
from ...extras import optional
from .doc_rows import annotations_of, entity_keys


def annotation_types(
    attrs: Attributes, both: bool = False, aligned: bool = False
) -> dict[str, Any]:
    """Return the Arrow type of each column.

    Args:
        attrs: The names of the extensions.
        both: Whether the documents were read in both views.
        aligned: Whether the rows hold the alignments, and not the entities.
    """
    arrow = optional("pyarrow", extra="parquet")
    found = _alignment_types(attrs) if aligned else dict.fromkeys(entity_keys(both), _entities())
    return found | dict.fromkeys(("error", "warning"), arrow.string())


def annotation_columns(
    docs: Sequence[Doc], attrs: Attributes, both: bool = False, aligned: bool = False
) -> dict[str, Any]:
    """Return the columns of documents, by name; the arguments are those of `annotation_types`."""
    arrow = optional("pyarrow", extra="parquet")
    rows = [annotations_of(doc, attrs, both, aligned) for doc in docs]
    return {
        name: arrow.array([row.get(name) for row in rows], kind)
        for name, kind in annotation_types(attrs, both, aligned).items()
    }


def _entities() -> Any:
    """Return the Arrow type of a list of entities."""
    arrow = optional("pyarrow", extra="parquet")
    return arrow.list_(
        arrow.struct(
            {
                "start": arrow.int64(),
                "end": arrow.int64(),
                "label": arrow.string(),
                "text": arrow.string(),
                "confidence": arrow.float64(),
            }
        )
    )


def _alignment_types(attrs: Attributes) -> dict[str, Any]:
    """Return the Arrow type of each alignment, by the name of its extension."""
    arrow = optional("pyarrow", extra="parquet")
    kinds = {str: arrow.string(), float: arrow.float64(), Box: arrow.list_(arrow.float64())}
    return {
        name: arrow.list_(
            arrow.struct(
                [(field, kinds[kind]) for field, kind in FIELDS[item].items()]
                + [(PICTURE, arrow.int64())]
            )
        )
        for name, item in zip(attrs.alignments, ITEMS.values(), strict=True)
    }
