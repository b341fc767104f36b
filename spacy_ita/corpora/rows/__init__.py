"""Posts as rows of fields: JSONL, CSV and Parquet."""

from .doc_rows import IMAGE_VIEW, OWN, TEXT_VIEW, VIEWS, entity_keys, keep_view, row_of, view_of

__all__ = [
    "IMAGE_VIEW",
    "OWN",
    "TEXT_VIEW",
    "VIEWS",
    "entity_keys",
    "keep_view",
    "row_of",
    "view_of",
]
