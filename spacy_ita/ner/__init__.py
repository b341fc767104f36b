"""The `crf_ner` pipe, its model and its losses."""

from ..factories import make_crf_ner
from .component import CrossViewNER
from .loss import CrossViewLoss
from .model import build_crf_tagger

__all__ = ["CrossViewLoss", "CrossViewNER", "build_crf_tagger", "make_crf_ner"]
