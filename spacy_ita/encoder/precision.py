"""Half precision by device: autocast in training, weights that are cast once in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import torch
from torch import nn


def multiplies_bfloat16() -> bool:
    """Whether the processor has instructions that multiply bfloat16 matrices.

    Only those of x86 are known (AVX-512 BF16, AMX): the answer on ARM is always False.
    """
    # older versions of torch lack it
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def half_dtype(device: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision on a device; None where single precision is as fast.

    bfloat16 has the range of single precision, so gradients need no scaling. float16 is for GPUs
    without bfloat16.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.bfloat16 if device.type == "cpu" and multiplies_bfloat16() else None


@contextmanager
def mixed_precision(device: str, dtype: torch.dtype) -> Iterator[None]:
    """Compute in half precision within the context, attention with dropout included.

    A CPU has no fused attention with dropout. By default torch then computes attention in single
    precision, under autocast too, and so takes a sixth more time for an update.

    Args:
        device: Type of the device.
        dtype: Type of half precision.
    """
    # for every device, in spite of the module's name
    before = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()
    torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(before or device == "cpu")
    try:
        with torch.autocast(device, dtype=dtype):
            yield
    finally:
        torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(before)


def holds_half_weights(device: torch.device) -> bool:
    """Whether weights in half precision are faster on a device than a cast at each call."""
    return device.type == "cuda"


class HalfCopy:
    """Float16 copy of a module, for use without gradients.

    The copy is made when a module is used twice in a row, and so never between training steps.
    float16 is three bits more precise than bfloat16, and vectors in use don't need the range.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop the copy, because the weights change."""
        self._original: nn.Module | None = None
        self._copy: nn.Module | None = None

    def of(self, module: nn.Module) -> nn.Module | None:
        """Return the copy of a module, or None the first time."""
        if self._original is not module:
            self._original, self._copy = module, None
        elif self._copy is None:
            self._copy = deepcopy(module).half().eval()
        return self._copy
