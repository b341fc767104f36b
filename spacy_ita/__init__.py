"""Multi-modal named entity recognition for spaCy: pictures become text that the encoder reads.

The packages follow the data: `alignment` (picture to objects, captions and OCR text), `context`
(alignments to text), `encoder` (words and context to vectors), `crf` (vectors to tag sequences) and
`ner` (the pipe and its cross-view loss). `extensions` defines what stands on a Doc. `corpora`,
`training`, `pipeline`, `report`, `serve`, `distributed` and `cli` use them.
"""

import os
import sys
import warnings
from importlib.metadata import version

from . import context as context  # defines `Doc._.image_context`
from .extensions import DEFAULTS, register
from .extensions import attributes as attributes
from .moved_modules import MovedModules

sys.meta_path.insert(0, MovedModules())

__version__ = version("spacy_ita")

if clash := register(DEFAULTS):
    # the names of another library stay its own: components that are given others work
    warnings.warn(f"spacy_ita: {clash}", stacklevel=2)


def _use_one_thread() -> None:
    """Keep torch to one thread in a process that `nlp.pipe(n_process=2)` forks.

    A fork inherits OpenMP's state without its threads, and would wait for them forever.
    """
    # a process that has not imported torch has no such threads
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)
