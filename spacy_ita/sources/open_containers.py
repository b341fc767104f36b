"""Containers that stay open between two pictures, a few for each process."""

import os
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from .files import stamp

KEPT = 8
"""Maximum number of open containers of each kind; the one used longest ago is closed first."""

T = TypeVar("T")


class OpenContainers(Generic[T]):
    """Containers by address, opened at first use and again when their file changes.

    Args:
        open_container: Opens the container of an address.
    """

    def __init__(self, open_container: Callable[[str], T]) -> None:
        self._open = open_container
        self._lock = Lock()
        self._kept: OrderedDict[tuple[Any, ...], tuple[Lock, T]] = OrderedDict()
        # not on Windows, which has no fork
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def use(self, address: str, act: Callable[[T], bytes]) -> bytes:
        """Run `act` on a container, in one thread at a time."""
        key = (address, stamp(address))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (Lock(), self._open(address))
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                # whoever uses it still holds it, and it is closed when the last one lets go
                self._kept.popitem(last=False)
            lock, container = self._kept[key]
        with lock:
            return act(container)

    def _forget(self) -> None:
        """Start anew in a forked process: processes must not share the position in a file."""
        self._lock = Lock()
        self._kept = OrderedDict()
