"""Errors that say that memory ran out, and calls that fit into it."""

import sys
from dataclasses import dataclass


def out_of_memory(error: Exception) -> bool:
    """Whether an error is of Python's memory, a GPU's, or of torch's allocator for the CPU."""
    # by name, as torch may not be imported yet
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"MemoryError", "OutOfMemoryError"}) or (
        "can't allocate memory" in str(error)
    )


@dataclass
class CallLimit:
    """The most pictures that a backend reads at once, which is lowered where memory runs out."""

    pictures: int = sys.maxsize
