"""The recursions in log space, in double precision: slow, and right for all potentials.

`sequential` falls back on them if values leave the range of double precision.
"""

import torch
from torch import Tensor

from ..potentials import Potentials
from . import two_way
from .messages import Messages


def messages(chain: Potentials) -> Messages:
    """Pass the messages along the chains."""
    transitions = torch.stack([chain.transitions, chain.transitions.T])[:, None]
    arrival = torch.stack([chain.start, chain.end])[:, None].expand(2, len(chain.lengths), -1)
    arrivals, totals = [], []
    for emission in two_way.both_ways(chain, chain.emissions).unbind(2):
        message = arrival + emission
        total = message.logsumexp(-1, keepdim=True)
        arrivals.append(arrival)
        totals.append(total[0])
        arrival = ((message - total)[..., None] + transitions).logsumexp(-2)
    return two_way.join(chain, torch.stack(arrivals, 2), torch.cat(totals, 1)[:, :-1])


def marginals(chain: Potentials, messages: Messages) -> tuple[Tensor, Tensor]:
    """Compute the expected uses of tags, (B, T, K), and of transitions, (B, K, K)."""
    arriving = messages.backward + chain.emissions
    pairwise = torch.zeros_like(chain.transitions).repeat(len(chain.lengths), 1, 1)
    for t in range(arriving.shape[1] - 1):
        joint = messages.forward[:, t, :, None] + chain.transitions + arriving[:, t + 1, None]
        step = joint.flatten(1).softmax(1).view_as(joint)
        pairwise += torch.where(chain.mask[:, t + 1, None, None], step, 0.0)
    return two_way.unary(chain, messages), pairwise


def walk(steps: two_way.Steps, given: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
    """Walk the steps of `two_way.adjoint`."""
    arrived = torch.zeros_like(given[:, :, 0])
    passed = [arrived]
    moved = torch.zeros_like(steps.transitions[:, 0])
    for t, arriving in enumerate(steps.arriving.unbind(2)):
        source = arrived + given[:, :, t]
        conditional = (steps.transitions + arriving[:, :, None]).softmax(-1)
        arrived = (source[:, :, None] @ conditional).squeeze(2)
        passed.append(arrived)
        source = torch.stack([source[0] - taken[:, t], source[1]])
        source = torch.where(steps.real[:, t, None], source, 0.0)
        moved += (source[..., None] * conditional).sum(1)
    return torch.stack(passed, 2), moved
