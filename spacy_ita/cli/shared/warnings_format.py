"""Warnings of the package as lines for the users of a command."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ...corpora.files.utf8 import printable


@contextmanager
def one_line_warnings() -> Iterator[None]:
    """Print user warnings without the line of code that gave them, within the context."""
    original = warnings.formatwarning

    def formatwarning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if category is UserWarning:
            return f"⚠ {printable(str(message))}\n"
        return original(message, category, filename, lineno, line)

    warnings.formatwarning = formatwarning
    try:
        yield
    finally:
        warnings.formatwarning = original
