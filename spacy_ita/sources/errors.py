"""The error of a picture that can't be read."""

from typing import Literal

Kind = Literal[
    "missing",
    "refused",
    "too large",
    "timed out",
    "unreachable",
    "HTTP status",
    "not a picture",
    "unreadable",
]
"""Kinds of failures, which the table at the end of a run counts."""


class PictureError(ValueError):
    """A picture that can't be read. The message names the source and the cause, never the content.

    Args:
        message: The message.
        kind: The kind of failure.
    """

    def __init__(self, message: str, kind: Kind = "unreadable") -> None:
        super().__init__(message)
        self.kind = kind
