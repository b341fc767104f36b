"""Memory that a process has freed, but that the C library keeps between what is still in use."""

import ctypes
import re
import sys
from pathlib import Path

MOST_FREE = 2 * 2**30
"""Give memory back when this much is free: a small encoder never has so much."""


class MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def trim_free_memory(most: int = MOST_FREE) -> bool:
    """Give freed memory back to the system if more than `most` bytes of it are resident.

    The tensors of an update have other sizes than those of the next one, so that the C library
    finds ever less room for them between what stays.

    Returns:
        Whether memory was given back; always False where the C library isn't glibc 2.33 or later.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallinfo2"):
        return False
    library.mallinfo2.restype = MallInfo
    info = library.mallinfo2()
    # in the heap, and mapped one by one
    used = info.uordblks + info.hblkhd
    if resident_bytes() - used <= most:
        return False
    library.malloc_trim(0)
    return True


def resident_bytes() -> int:
    """Return the resident bytes of this process that belong to no file."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.findall(r"RssAnon:\s+(\d+) kB", status)[0])
