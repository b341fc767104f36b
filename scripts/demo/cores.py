"""Imported before torch: threads that wait for each other do so without keeping a core busy.

On cores shared with other work, busy waiting makes training several times slower.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def use(threads: int) -> None:
    """Has torch work on this many threads."""
    import torch

    torch.set_num_threads(threads)
