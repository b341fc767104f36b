"""Failures to read or align a document's picture, kept with the document."""

import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

KEY = "image_failures"
KINDS = "image_failure_kinds"
"""Key of the kind of each cause, by the cause."""
WARNING = "No (alignment|picture) for the document"
"""Pattern of how the warnings of failures begin."""
QUOTED = 60
"""Maximum number of characters of a document that a warning quotes."""

# The pictures of each document that a pipe has warned of. Python's own filter would forget it: its
# memory is cleared whenever a library changes a filter, as the loading of a model does
_WARNED: MutableMapping[Doc, set[str]] = WeakKeyDictionary()


def failures(doc: Doc) -> Mapping[str, str]:
    """Return the causes of a document's failures, by the name of the extension concerned."""
    found: Mapping[str, str] = doc.user_data.get(KEY, {})
    return found


def kinds_of_failures(doc: Doc) -> Mapping[str, str]:
    """Return the kind of each failure of a document, by its cause."""
    found: Mapping[str, str] = doc.user_data.get(KINDS, {})
    return found


def note_failures(doc: Doc, extension: str, causes: Mapping[str, str]) -> None:
    """Keep the causes of the failures of a document's pictures, as `note_failure` does.

    Args:
        doc: The document.
        extension: Name of the extension that holds the alignment.
        causes: The kind of each failure, by its cause; none removes earlier ones.
    """
    note_failure(doc, extension, "; ".join(causes))
    if causes:
        doc.user_data[KINDS] = {**kinds_of_failures(doc), **causes}


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
        doc.user_data.pop(KINDS, None)


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
    warned = _WARNED.setdefault(doc, set())
    if path not in warned:
        warned.add(path)
        warn(missing, doc, cause)
