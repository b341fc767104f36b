"""What was fetched last, so that each pipe of a pipeline needn't fetch it again."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from ..errors import PictureError

MAX_BYTES = 2**26
"""Maximum size of all kept pictures together."""
MAX_COUNT = 256
SECONDS = 300.0
"""Seconds after which a picture, or the error of fetching it, is forgotten."""

Outcome = bytes | PictureError


class RecentPictures:
    """The pictures that were fetched last, and the errors of those that failed, by URL.

    Args:
        fetch: Fetches a picture.
    """

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, Outcome]] = OrderedDict()
        self._size = 0

    def get(self, url: str) -> bytes:
        """Return a picture, fetched now if it isn't kept.

        Raises:
            PictureError: If it can't be fetched, now or shortly before.
        """
        with self._lock:
            since, outcome = self._kept.get(url, (0.0, b""))
        if not since or time.monotonic() - since > SECONDS:
            try:
                outcome = self._fetch(url)
            except PictureError as error:
                outcome = PictureError(str(error), error.kind)
            self._keep(url, outcome)
        if isinstance(outcome, PictureError):
            # a new one: a traceback would keep the frames of each reader
            raise PictureError(str(outcome), outcome.kind)
        return outcome

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _keep(self, url: str, outcome: Outcome) -> None:
        with self._lock:
            _, old = self._kept.pop(url, (0.0, b""))
            self._kept[url] = (time.monotonic(), outcome)
            self._size += _size(outcome) - _size(old)
            while len(self._kept) > MAX_COUNT or self._size > MAX_BYTES:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= _size(oldest)


def _size(outcome: Outcome) -> int:
    return len(outcome) if isinstance(outcome, bytes) else 0
