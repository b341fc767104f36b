"""Warnings that name the document which goes on without something."""

import warnings
from collections.abc import MutableMapping
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

QUOTED = 60
"""How much of a document a warning quotes, in characters."""

# A picture that one of the pipes has warned of. Python's own filter would forget it: its memory
# is cleared whenever a library changes a filter for a while, as loading a model does
_WARNED: MutableMapping[Doc, str] = WeakKeyDictionary()


def warn(missing: str, doc: Doc, cause: str) -> None:
    """Warn of what the document goes without, and why."""
    text = doc.text if len(doc.text) <= QUOTED else doc.text[:QUOTED] + "…"
    warnings.warn(f"No {missing} for the document {text!r}: {cause}", stacklevel=3)


def warn_of_picture(missing: str, doc: Doc, path: str, cause: str) -> None:
    """Warn of a picture that can't be read, once a document whichever pipe meets it first."""
    if _WARNED.get(doc) != path:
        _WARNED[doc] = path
        warn(missing, doc, cause)
