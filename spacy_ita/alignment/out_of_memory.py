"""Errors that say that memory ran out."""


def out_of_memory(error: Exception) -> bool:
    """Whether an error is of Python's memory, a GPU's, or of torch's allocator for the CPU."""
    # by name, as torch may not be imported yet
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"MemoryError", "OutOfMemoryError"}) or (
        "can't allocate memory" in str(error)
    )
