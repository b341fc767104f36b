"""The `crf_ner` pipe, its model and its losses."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .component import CrossViewNER as CrossViewNER
    from .loss import CrossViewLoss as CrossViewLoss
    from .model import build_crf_tagger as build_crf_tagger

_MODULES = {"CrossViewLoss": "loss", "CrossViewNER": "component", "build_crf_tagger": "model"}


# the factory's module is loaded in every process that uses spaCy: importing it imports no torch
def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
