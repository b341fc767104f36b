"""Threads that read the next batch of pictures while a backend works on this one."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from ..extensions.normalisation import Item
from .answers import Answer, answer, cache_key, identity_of
from .cache import AlignmentCache
from .out_of_memory import CallLimit
from .picture import Picture
from .prefetching import prefetch
from .protocol import Backend, Preparing

AHEAD_PIXELS = 2**24
"""Maximum number of pixels that are decoded ahead, which take 64 MB."""
THREADS = min(os.cpu_count() or 1, 8)

Batch = TypeVar("Batch")


class ReadAhead:
    """Threads for a backend, from the first batch to the end of a `with` block.

    They read, decode and prepare pictures that the cache lacks. A backend that works in the
    background is called by a thread too. Another process gets none of them.

    Args:
        backend: Aligns the pictures.
        item: Type of the alignments' entries.
        cache: Alignments of earlier runs.
        limit: Limit of a call of the backend.
    """

    def __init__(
        self, backend: Backend, item: Item, cache: AlignmentCache | None, limit: CallLimit
    ) -> None:
        self.backend = backend
        self.item = item
        self.cache = cache
        self.limit = limit
        self._readers = ThreadPoolExecutor(THREADS)
        self._background = ThreadPoolExecutor(1)

    def __enter__(self) -> "ReadAhead":
        return self

    def __exit__(self, *error: object) -> None:
        for pool in (self._background, self._readers):
            pool.shutdown(cancel_futures=True)

    def begin(self, pictures: Sequence[Picture]) -> Callable[[], list[Answer]]:
        """Begin to read a batch of pictures.

        Returns:
            A function that waits for the pictures and returns their answers.
        """
        reads = self._begin_reads(pictures)

        def answers() -> list[Answer]:
            wait(reads)
            return answer(pictures, self.backend, self.item, self.cache, self.limit)

        if getattr(self.backend, "in_background", False):
            return self._background.submit(answers).result
        return answers

    def _begin_reads(self, pictures: Sequence[Picture]) -> list[Future[None]]:
        # the call meets the same error, and reports it
        with suppress(Exception):
            # in this thread, as it may start an engine or hash weights
            identity = identity_of(self.backend) if pictures else None
            if identity is not None:
                prefetch(picture for picture in pictures if picture.allow_http)
                room = _Room(AHEAD_PIXELS)
                return [
                    self._readers.submit(self._read, picture, identity, room)
                    for picture in pictures
                ]
        return []

    def _read(self, picture: Picture, identity: Mapping[str, Any], room: "_Room") -> None:
        # as above
        with suppress(Exception):
            key = cache_key(picture, identity)
            if self.cache is not None and self.cache.get_many([key]):
                return
            if not room.take(picture.pixels + len(picture.data) // 4):
                picture.forget()
                return
            _ = picture.image
            if isinstance(self.backend, Preparing):
                self.backend.prepare_picture(picture)


class _Room:
    """Room in memory that threads share."""

    def __init__(self, pixels: int) -> None:
        self._left = pixels
        self._lock = Lock()

    def take(self, pixels: int) -> bool:
        """Take room for pixels; returns whether there was enough."""
        with self._lock:
            if pixels > self._left:
                return False
            self._left -= pixels
            return True


def one_behind(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Return each batch when the next one is there; an error comes after the batches before it."""
    waiting: deque[Batch] = deque()
    source = iter(batches)
    failure: Exception | None = None
    while failure is None:
        try:
            waiting.append(next(source))
        except StopIteration:
            break
        except Exception as error:
            failure = error
        if len(waiting) > 1:
            yield waiting.popleft()
    yield from waiting
    if failure is not None:
        raise failure
