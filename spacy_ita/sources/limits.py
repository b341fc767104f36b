"""Limits of what is read from a source."""

MAX_BYTES = 2**28
"""Maximum size of a picture, in bytes, wherever it comes from."""
QUOTED = 300
"""Maximum number of characters of a source that a message quotes."""
