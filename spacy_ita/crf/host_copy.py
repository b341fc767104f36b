"""Copies of small results from a device to the host."""

import numpy as np
import torch
from torch import Tensor


class HostCopy:
    """A copy of a tensor to the host, which a GPU makes while the host continues.

    The copy is queued at once. Reading it waits for it alone, not for what was launched since.
    """

    def __init__(self, values: Tensor) -> None:
        self._ready: torch.cuda.Event | None = None
        if values.is_cuda:
            self._values = torch.empty_like(values, device="cpu", pin_memory=True)
            self._values.copy_(values.detach(), non_blocking=True)
            self._ready = torch.cuda.Event()
            self._ready.record(torch.cuda.current_stream(values.device))
        else:
            self._values = values.detach().cpu()

    def wait(self) -> np.ndarray:
        """Wait for the copy and return its values."""
        if self._ready is not None:
            self._ready.synchronize()
        return self._values.numpy()
