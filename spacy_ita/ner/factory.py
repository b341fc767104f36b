"""Moved to `spacy_ita.factories`; entry points of earlier installations still name this module."""

from ..factories import make_crf_ner as make_crf_ner
