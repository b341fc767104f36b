"""The rate of requests to each host."""

import time
from collections import defaultdict
from threading import Lock


class HostRates:
    """A pace for each host, which the threads of a process share.

    Args:
        per_second: Maximum number of requests to a host in a second.
    """

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._free: dict[str, float] = defaultdict(float)
        self._lock = Lock()

    def wait(self, host: str) -> None:
        """Wait for the host's turn."""
        with self._lock:
            now = time.monotonic()
            # hosts that nothing waits for are forgotten
            for name in [name for name, free in self._free.items() if free < now]:
                del self._free[name]
            turn = max(now, self._free[host])
            self._free[host] = turn + self._gap
        time.sleep(max(0.0, turn - now))
