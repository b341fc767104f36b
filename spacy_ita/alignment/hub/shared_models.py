"""Models that backends of one process share, in memory once."""

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakValueDictionary

_MODELS: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
"""Models in use, by what they were loaded from."""


def shared_model(key: Hashable, load: Callable[[], Any]) -> Any:
    """Return the model that a backend holds already, or load it.

    Args:
        key: Class, weights and device of the model.
        load: Loads the model.
    """
    model = _MODELS.get(key)
    if model is None:
        model = _MODELS[key] = load()
    return model
