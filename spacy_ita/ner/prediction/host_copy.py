"""Small results on their way from a device to the host."""

import torch
from torch import Tensor


class HostCopy:
    """A copy of a small tensor that the host reads later.

    On CUDA the copy is queued at once. Reading waits for it alone, not for what was launched since,
    so that the device always has work.
    """

    def __init__(self, values: Tensor) -> None:
        self._values = values.detach()
        self._copied = None
        if values.is_cuda:
            # pinned memory, as torch takes it for such a copy
            self._values = self._values.to("cpu", non_blocking=True)
            self._copied = torch.cuda.Event()
            self._copied.record()

    def tolist(self) -> list[float]:
        """Return the values of a tensor of one dimension."""
        if self._copied is not None:
            self._copied.synchronize()
        return self._values.tolist()
