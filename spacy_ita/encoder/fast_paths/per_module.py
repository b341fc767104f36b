"""A cache for functions of a module."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from torch import nn

Found = TypeVar("Found")


def once_per_module(find: Callable[[Any], Found]) -> Callable[[Any], Found]:
    """Cache a function's result for each module, for as long as the module lives."""
    known: WeakKeyDictionary[nn.Module, Found] = WeakKeyDictionary()

    @wraps(find)
    def found(module: nn.Module) -> Found:
        if module not in known:
            known[module] = find(module)
        return known[module]

    return found
