"""The memory of a process, from Linux's /proc."""

import re
from pathlib import Path


def kibibytes(entry: str, process: int | str = "self") -> int:
    """Read an entry of the process's status: resident memory now (VmRSS) or at most (VmHWM)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(rf"{entry}:\s+(\d+) kB", status)[0])


def compiled_kibibytes() -> int:
    """Read how much of this process's memory holds programs that were compiled while it ran."""
    entries = re.findall(
        r"^\S+ ..x. \S+ \S+ 0 *\n(?:.*\n)*?Rss: +(\d+) kB",
        Path("/proc/self/smaps").read_text(),
        re.MULTILINE,
    )
    return sum(map(int, entries))
