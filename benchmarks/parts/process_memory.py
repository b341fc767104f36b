"""The memory of a process, from Linux's /proc."""

import re
from pathlib import Path


def kibibytes(entry: str, process: int | str = "self") -> int:
    """Read an entry of the process's status: resident memory now (VmRSS) or at most (VmHWM)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"{entry}:\s+(\d+) kB", status)[0])
