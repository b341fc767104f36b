"""Gradients scaled down to a norm, each by itself, without a wait for the device."""

from collections.abc import Sequence

import torch
from torch import Tensor


def clipped(gradients: Sequence[Tensor], most: float) -> list[Tensor]:
    """Scale gradients down to a norm.

    Args:
        gradients: The gradients, on one device. Their values may be lost.
        most: Largest norm of a gradient.

    Returns:
        The scaled gradients, in order.
    """
    clip = _by_shape if launches_cost(gradients[0].device) else _in_place
    return clip(gradients, most)


def launches_cost(device: torch.device) -> bool:
    """Whether a launch for each gradient takes longer on a device than a copy of the gradients."""
    return device.type != "cpu"


def _in_place(gradients: Sequence[Tensor], most: float) -> list[Tensor]:
    found = list(gradients)
    torch._foreach_div_(found, list(_divisors(found, most)))
    return found


def _by_shape(gradients: Sequence[Tensor], most: float) -> list[Tensor]:
    """Divide all gradients of a shape in two launches, as one tensor."""
    shapes: dict[torch.Size, list[int]] = {}
    for i, gradient in enumerate(gradients):
        shapes.setdefault(gradient.shape, []).append(i)
    divisors = _divisors([gradients[i] for members in shapes.values() for i in members], most)
    found = list(gradients)
    parts = divisors.split([len(members) for members in shapes.values()])
    for members, part in zip(shapes.values(), parts, strict=True):
        # the only one of its shape may be a table of embeddings
        if len(members) == 1:
            found[members[0]] = gradients[members[0]].div_(part[0])
            continue
        stacked = torch.stack([gradients[i] for i in members])
        stacked.div_(part.view(-1, *[1] * (stacked.dim() - 1)))
        for i, gradient in zip(members, stacked, strict=True):
            found[i] = gradient
    return found


def _divisors(gradients: Sequence[Tensor], most: float) -> Tensor:
    norms = torch.stack(torch._foreach_norm(list(gradients)))
    return (norms / most).clamp_min(1)
