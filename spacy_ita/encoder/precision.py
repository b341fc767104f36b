"""Half precision by device: in training by autocast, in use by weights that are cast once."""

from copy import deepcopy
from typing import Any

import torch
from torch import nn


def multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for products of bfloat16 matrices.

    It knows those of x86 alone (AVX-512 BF16, AMX): False on ARM, whatever the processor has.
    """
    # older torch doesn't tell
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def half_dtype(device: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision on a device; None where single precision is as fast.

    bfloat16 has the range of single precision, so that no gradient needs scaling: float16 is for
    GPUs that lack it.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.bfloat16 if device.type == "cpu" and multiplies_bfloat16() else None


def holds_half_weights(device: torch.device) -> bool:
    """Whether a device reads faster with weights in half precision than with casts at each call."""
    return device.type == "cuda"


class HalfCopy:
    """A module's copy in float16, for reading alone.

    It is made when a module is used twice in a row, so that none is made between training steps.
    float16 keeps three bits more than bfloat16, and vectors in use need no range.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Drop the copy, as the weights change."""
        self._original: nn.Module | None = None
        self._copy: nn.Module | None = None

    def of(self, module: nn.Module) -> nn.Module | None:
        """Return the copy of a module, or None the first time."""
        if self._original is not module:
            self._original, self._copy = module, None
        elif self._copy is None:
            self._copy = deepcopy(module).half().eval()
        return self._copy
