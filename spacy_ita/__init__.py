"""Multi-modal named entity recognition for spaCy: pictures become text that the encoder reads.

The architecture reads as the data flows: `alignment` (picture -> objects, captions, lettering),
`context` (alignments -> text), `encoder` (words and context -> vectors), `crf` (vectors -> tag
sequences), `ner` (the pipe and its cross-view loss); `training` and `cli` stand around them.
"""

from importlib.metadata import version

from .extensions import attributes

__version__ = version("spacy_ita")

attributes()
