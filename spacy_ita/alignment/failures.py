"""Why a document has no alignment, or its picture was not read, kept with the document."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from spacy.tokens import Doc

KEY = "image_failures"
WARNING = "No (alignment|picture) for the document"
"""How the warnings of failures begin."""


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
