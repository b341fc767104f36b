"""Moved to `spacy_ita.factories`; entry points of earlier installations still name this module."""

from ..factories import make_image_captions as make_image_captions
from ..factories import make_image_knowledge as make_image_knowledge
from ..factories import make_image_objects as make_image_objects
from ..factories import make_image_ocr as make_image_ocr
