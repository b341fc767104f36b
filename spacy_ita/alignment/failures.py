"""Failures to read or align a document's picture, kept with the document."""

import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

KEY = "image_failures"
WARNING = "No (alignment|picture) for the document"
"""Pattern of how the warnings of failures begin."""
QUOTED = 60
"""Maximum number of characters of a document that a warning quotes."""

# The picture of each document that a pipe has warned of. Python's own filter would forget it: its
# memory is cleared whenever a library changes a filter, as the loading of a model does
_WARNED: MutableMapping[Doc, str] = WeakKeyDictionary()


def failures(doc: Doc) -> Mapping[str, str]:
    """Return the causes of a document's failures, by the name of the extension concerned."""
    found: Mapping[str, str] = doc.user_data.get(KEY, {})
    return found


def note_failure(doc: Doc, extension: str, cause: str) -> None:
    """Keep the cause of a failure on the document.

    The cause is a plain value in `doc.user_data`, which is saved and returned by other processes.

    Args:
        doc: The document.
        extension: Name of the extension that holds the alignment or the picture.
        cause: The cause; "" removes an earlier one.
    """
    others = {name: kept for name, kept in failures(doc).items() if name != extension}
    if found := {**others, extension: cause} if cause else others:
        doc.user_data[KEY] = found
    else:
        doc.user_data.pop(KEY, None)


@contextmanager
def unwarned() -> Iterator[None]:
    """Suppress warnings of failures, for callers that report the failures of the documents."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", WARNING)
        yield


def warn(missing: str, doc: Doc, cause: str) -> None:
    """Warn that a document has no alignment or picture, and why."""
    text = doc.text if len(doc.text) <= QUOTED else doc.text[:QUOTED] + "…"
    warnings.warn(f"No {missing} for the document {text!r}: {cause}", stacklevel=3)


def warn_of_picture(missing: str, doc: Doc, path: str, cause: str) -> None:
    """Warn of an unreadable picture once per document, from whichever pipe comes first."""
    if _WARNED.get(doc) != path:
        _WARNED[doc] = path
        warn(missing, doc, cause)
