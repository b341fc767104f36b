"""The error of a backend that can't run at all."""


class BackendError(ValueError):
    """The engine itself can't run (not installed, no weights): no picture would succeed."""
