"""A pipeline over good and bad posts: each comes back, annotated or with its error."""

from .aligner import Aligner
from .annotator import Annotator, Views, keep_both_views, tagger_of

__all__ = ["Aligner", "Annotator", "Views", "keep_both_views", "tagger_of"]
