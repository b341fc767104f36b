"""The memory of a process, as Linux tells it."""

import re
from pathlib import Path


def kibibytes(entry: str, process: int | str = "self") -> int:
    """An entry of the process's status: resident now (VmRSS), or at most so far (VmHWM)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"{entry}:\s+(\d+) kB", status)[0])
