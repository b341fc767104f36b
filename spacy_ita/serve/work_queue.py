"""One piece of work at a time, and a short queue."""

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
    """Runs work in one thread, as a pipeline is used by one at a time.

    waiting: how much work waits while one is done.
    """

    def __init__(self, waiting: int) -> None:
        # the device that was chosen is chosen for a thread
        self._thread = ThreadPoolExecutor(
            1,
            thread_name_prefix="pipeline",
            initializer=set_current_ops,
            initargs=(get_current_ops(),),
        )
        self._places = BoundedSemaphore(1 + waiting)

    async def run(self, work: Callable[[], Result], seconds: float) -> Result:
        """The work's result. Raises BusyError at once, LateError after the seconds.

        Late work that has begun can't be stopped: it keeps its place until it ends.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        future = self._thread.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except asyncio.TimeoutError as error:
            raise LateError from error
