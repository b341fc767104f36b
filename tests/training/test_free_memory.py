"""Freed memory goes back to the system, where the C library would keep it."""

import ctypes
import sys

import numpy as np
import pytest

from spacy_ita.training.free_memory import resident_bytes, trim_free_memory

SIZE = 50_000
"""Bytes of an array: less than glibc maps one by one."""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="needs glibc"
)
def test_freed_memory_is_given_back():
    trim_free_memory(0)
    arrays = [np.ones(SIZE, np.uint8) for _ in range(4_000)]
    kept = arrays[-1]
    del arrays
    before = resident_bytes()
    assert not trim_free_memory(2**40)
    assert trim_free_memory(100_000_000)
    assert before - resident_bytes() > 150_000_000
    assert kept.sum() == SIZE
