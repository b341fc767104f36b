"""A plugin of pytest that lets PyPI's torchvision be imported beside a torch without CUDA.

Its compiled operators need CUDA's libraries, and the import fails without their declarations.
Nothing that prepares pictures calls them.
"""

import torch

if torch.version.cuda is None:
    for operator in ("nms", "qnms"):
        arguments = "(Tensor boxes, Tensor scores, float threshold) -> Tensor"
        torch.library.define(f"torchvision::{operator}", arguments)
