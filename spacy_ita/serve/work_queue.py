"""A short queue of work for one thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from thinc.api import get_current_ops, set_current_ops

Result = TypeVar("Result")


class BusyError(Exception):
    """The queue is full."""


class LateError(Exception):
    """The work was not done in time."""


class WorkQueue:
    """A queue whose work runs in one thread, as a pipeline serves one request at a time.

    Args:
        waiting: Maximum number of calls that wait while one runs.
    """

    def __init__(self, waiting: int) -> None:
        # each thread has its own device
        self._thread = ThreadPoolExecutor(
            1,
            thread_name_prefix="pipeline",
            initializer=set_current_ops,
            initargs=(get_current_ops(),),
        )
        self._places = BoundedSemaphore(1 + waiting)

    async def run(self, work: Callable[[], Result], seconds: float) -> Result:
        """Run work and return its result.

        Late work that is running can't be stopped, and keeps its place until it ends.

        Raises:
            BusyError: At once, if the queue is full.
            LateError: If there is no result after `seconds`.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except asyncio.TimeoutError as error:
            raise LateError from error
