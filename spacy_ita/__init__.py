"""Multi-modal named entity recognition for spaCy: pictures become text that the encoder reads.

The architecture reads as the data flows: `alignment` (picture -> objects, captions, lettering),
`context` (alignments -> text), `encoder` (words and context -> vectors), `crf` (vectors -> tag
sequences), `ner` (the pipe and its cross-view loss); `training`, `report` and `cli` stand around
them.
"""

import os
import warnings
from importlib.metadata import version

import torch

from .extensions import DEFAULTS, register
from .extensions import attributes as attributes

__version__ = version("spacy_ita")

if clash := register(DEFAULTS):
    # the names of another library stay its own: components that are given others work
    warnings.warn(f"spacy_ita: {clash}", stacklevel=2)

if hasattr(os, "register_at_fork"):
    # `nlp.pipe(n_process=2)` forks. A forked process inherits OpenMP's state without its threads,
    # and would wait for them for ever.
    os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))
