"""Attributes that are computed at first use."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class LazyAttribute(Generic[Value]):
    """An attribute like `functools.cached_property`, which many threads can compute at once.

    Before Python 3.12, `cached_property` has one lock for all instances of a class: threads that
    decode different pictures would wait for each other.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "LazyAttribute[Value]": ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object, owner: type) -> Any:
        """Compute the value, and store it where the next access finds it."""
        if instance is None:
            return self
        value = vars(instance)[self._name] = self._compute(instance)
        return value
