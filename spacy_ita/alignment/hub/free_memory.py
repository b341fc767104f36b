"""The free memory of a device."""

from contextlib import suppress
from pathlib import Path

import torch

MEMORY = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup")
"""Folder of the limits of a container, such as Docker's or Kubernetes's."""


def free_memory(device: torch.device) -> int | None:
    """Return the free memory of a device in bytes; None if it isn't known."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type != "cpu":
        return None
    found: list[int] = []
    with suppress(OSError, KeyError):
        found.append(_numbers(MEMORY)["MemAvailable:"] * 1024)
    # "max" is no limit
    with suppress(OSError, KeyError, ValueError):
        limit = int((CONTAINER / "memory.max").read_text())
        used = int((CONTAINER / "memory.current").read_text())
        numbers = _numbers(CONTAINER / "memory.stat")
        # pages of files give way
        found.append(limit - used + numbers["active_file"] + numbers["inactive_file"])
    return min(found, default=None)


def _numbers(file: Path) -> dict[str, int]:
    """Read a file of lines with a name and a number."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {name: int(number) for name, number, *_ in lines}
