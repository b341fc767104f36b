"""The `crf_ner` pipe, its model and its losses."""

from .component import CrossViewNER
from .factory import make_crf_ner
from .loss import CrossViewLoss
from .model import build_crf_tagger

__all__ = ["CrossViewLoss", "CrossViewNER", "build_crf_tagger", "make_crf_ner"]
