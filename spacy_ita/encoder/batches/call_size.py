"""Subwords that one call of the encoder takes, by device; halved where memory runs out."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from ...alignment.out_of_memory import out_of_memory

CPU_SUBWORDS = 2048
"""A CPU is fastest with calls of about this size, which stay in its cache."""
GPU_SUBWORDS = 16384
"""Larger calls make no GPU faster: an H200 read 342,000 words/s so, and 224,000 with 65,536."""
LEAST_SUBWORDS = 64
BYTES_A_VALUE = 100
"""Memory that a call takes for each subword and value of its vector, in use."""
CPU_CALL_COST = 64
GPU_CALL_COST = 3000
"""Cost of one more call, in subwords: a GPU reads this many while Python launches a call."""

Found = TypeVar("Found")


@dataclass
class CallSize:
    """Limits of one call of an encoder.

    Attributes:
        subwords: The most subwords, padding included.
        cost: Cost of one more call, in subwords; less padding than that is cheaper than a call.
        recomputes: Whether training keeps no activations, and computes a call again for gradients.
    """

    subwords: int
    cost: int
    recomputes: bool = False

    @property
    def asynchronous(self) -> bool:
        """Whether the device works asynchronously, so that the host should not wait for it."""
        return self.cost >= GPU_CALL_COST

    @classmethod
    def on(cls, device: torch.device, width: int, subwords: int | None) -> "CallSize":
        """Choose the limits for a device.

        Args:
            device: Device of the encoder.
            width: Width of the encoder's vectors.
            subwords: The most subwords of a call; None to choose by device.
        """
        if device.type == "cpu":
            return cls(subwords or CPU_SUBWORDS, CPU_CALL_COST)
        return cls(subwords or _gpu_subwords(device, width), GPU_CALL_COST)

    def fit(self, attempt: Callable[[], Found]) -> Found:
        """Call a function, and halve the calls and retry, with a warning, if memory runs out."""
        before = self.subwords
        while True:
            try:
                found = attempt()
            except (MemoryError, RuntimeError) as error:
                if self.subwords <= LEAST_SUBWORDS or not out_of_memory(error):
                    raise
            else:
                break
            # not in the `except`, whose traceback keeps the activations alive
            self.subwords //= 2
            self.recomputes = True
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        if self.subwords < before:
            warnings.warn(
                f"calls of the encoder with {before} subwords don't fit into memory: from now "
                f"on, they have {self.subwords}, as with `max_batch_pieces = {self.subwords}`",
                stacklevel=2,
            )
        return found


def _gpu_subwords(device: torch.device, width: int) -> int:
    if device.type != "cuda":
        return GPU_SUBWORDS
    free, _ = torch.cuda.mem_get_info(device)
    return max(CPU_SUBWORDS, min(GPU_SUBWORDS, free // 4 // (BYTES_A_VALUE * width)))
