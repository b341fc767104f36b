"""From a Doc's alignments to the text that the encoder reads after the separator."""

from .formatter import (
    NO_CONTEXT,
    Context,
    ContextFormatter,
    Formatter,
    Repeated,
    alignments_of,
)
from .getter import ContextGetter
from .views import ViewName, Views, checked_view

__all__ = [
    "NO_CONTEXT",
    "Context",
    "ContextFormatter",
    "ContextGetter",
    "Formatter",
    "Repeated",
    "ViewName",
    "Views",
    "alignments_of",
    "checked_view",
]
