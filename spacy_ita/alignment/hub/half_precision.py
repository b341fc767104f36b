"""Half precision of vision models, on a GPU."""

from contextlib import AbstractContextManager, nullcontext

import torch
from thinc.util import get_torch_default_device


def half_dtype() -> torch.dtype | None:
    """Return the type of numbers that a GPU multiplies fastest; None for other devices.

    It is bfloat16 where the GPU has it, whose range no model exceeds, and else float16.
    """
    if get_torch_default_device().type != "cuda":
        return None
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float16


def in_half_precision() -> AbstractContextManager[object]:
    """Compute matrix products in half precision within the context, on a GPU."""
    dtype = half_dtype()
    if dtype is None:
        return nullcontext()
    return torch.autocast(get_torch_default_device().type, dtype=dtype)
