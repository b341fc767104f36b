"""Why a document has no alignment, or its picture was not read, kept with the document."""

import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from spacy.tokens import Doc

KEY = "image_failures"
WARNING = "No (alignment|picture) for the document"
"""How the warnings of failures begin."""
QUOTED = 60
"""How much of a document a warning quotes, in characters."""

# A picture that one of the pipes has warned of. Python's own filter would forget it: its memory
# is cleared whenever a library changes a filter for a while, as loading a model does
_WARNED: MutableMapping[Doc, str] = WeakKeyDictionary()


def failures(doc: Doc) -> Mapping[str, str]:
    """The causes, by the extension that holds no alignment, or the picture."""
    found: Mapping[str, str] = doc.user_data.get(KEY, {})
    return found


def note_failure(doc: Doc, extension: str, cause: str) -> None:
    """Keep a cause; "" takes an earlier one back.

    It is plain, in `doc.user_data`, so that it is saved and comes back from other processes.
    """
    others = {name: kept for name, kept in failures(doc).items() if name != extension}
    if found := {**others, extension: cause} if cause else others:
        doc.user_data[KEY] = found
    else:
        doc.user_data.pop(KEY, None)


@contextmanager
def unwarned() -> Iterator[None]:
    """Don't warn of failures, where they are read from the documents."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", WARNING)
        yield


def warn(missing: str, doc: Doc, cause: str) -> None:
    """Warn of what the document goes without, and why."""
    text = doc.text if len(doc.text) <= QUOTED else doc.text[:QUOTED] + "…"
    warnings.warn(f"No {missing} for the document {text!r}: {cause}", stacklevel=3)


def warn_of_picture(missing: str, doc: Doc, path: str, cause: str) -> None:
    """Warn of a picture that can't be read, once a document whichever pipe meets it first."""
    if _WARNED.get(doc) != path:
        _WARNED[doc] = path
        warn(missing, doc, cause)
