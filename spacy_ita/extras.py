"""Modules of the optional dependencies, which the extras in setup.cfg install."""

from importlib import import_module
from typing import Any

from .errors import BackendError


def optional(module: str, *, extra: str) -> Any:
    """A module of an optional dependency. Raises BackendError, naming the extra to install."""
    try:
        return import_module(module)
    except ImportError as error:
        raise BackendError(
            f"{module} can't be imported ({error}): pip install 'spacy_ita[{extra}]'"
        ) from error
