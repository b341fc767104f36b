"""How many subwords one call of the encoder reads: by device, and halved where memory runs out."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

CPU_SUBWORDS = 2048
"""A CPU is fastest with about so many, which stay in its cache."""
GPU_SUBWORDS = 16384
"""More make no GPU faster: an H200 read 342,000 words/s with so many, 224,000 with 65,536."""
LEAST_SUBWORDS = 64
BYTES_A_VALUE = 100
"""Memory that a call takes for each subword and value of its vector, in use."""
CPU_CALL_COST = 64
GPU_CALL_COST = 3000
"""What a further call costs, in subwords: a GPU reads so many while Python launches one."""

Found = TypeVar("Found")


@dataclass
class CallSize:
    """What one call of an encoder may take.

    Attributes:
        subwords: The most subwords, padding included.
        cost: What a further call costs, in subwords: below it, padding is the cheaper.
        recomputes: Whether training keeps no activations of a call, and reads again for gradients.
    """

    subwords: int
    cost: int
    recomputes: bool = False

    @property
    def asynchronous(self) -> bool:
        """Whether the device works behind Python, which should not wait for it."""
        return self.cost >= GPU_CALL_COST

    @classmethod
    def on(cls, device: torch.device, width: int, subwords: int | None) -> "CallSize":
        """Choose by device.

        Args:
            device: Where the encoder is.
            width: Of the encoder's vectors.
            subwords: The most subwords where they are set; None to choose.
        """
        if device.type == "cpu":
            return cls(subwords or CPU_SUBWORDS, CPU_CALL_COST)
        return cls(subwords or _gpu_subwords(device, width), GPU_CALL_COST)

    def fit(self, attempt: Callable[[], Found]) -> Found:
        """Call `attempt`; where memory runs out, halve the calls and try again, with a warning."""
        before = self.subwords
        while True:
            try:
                found = attempt()
            except torch.OutOfMemoryError:
                if self.subwords <= LEAST_SUBWORDS:
                    raise
            else:
                break
            # behind the `except`, whose traceback holds what was read
            self.subwords //= 2
            self.recomputes = True
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        if self.subwords < before:
            warnings.warn(
                f"calls of the encoder with {before} subwords don't fit into memory: from now on "
                f"it reads {self.subwords} at once, as `max_batch_pieces = {self.subwords}` says",
                stacklevel=2,
            )
        return found


def _gpu_subwords(device: torch.device, width: int) -> int:
    if device.type != "cuda":
        return GPU_SUBWORDS
    free, _ = torch.cuda.mem_get_info(device)
    return max(CPU_SUBWORDS, min(GPU_SUBWORDS, free // 4 // (BYTES_A_VALUE * width)))
