"""The recursions as associative scans, in single precision, for a GPU without Triton.

Each token is a matrix of log weights, from the previous tag to its own. The products of neighbours
form a tree of log2 T levels, and the vectors that walk down from its root are the messages
(Blelloch, 1990, "Prefix sums and their applications").

Let u be 2^-24, and T, K and D as in `triton`. The possible values of a product differ by 4 D at
most, and a product adds the errors of both factors and (16 D + K + 4) u of its own. So a product
over n tokens is off by at most n (20 D + K + 4) u, and a log-marginal by 2 (T + 2 log2 T) times
(20 D + K + 4) u. Roundings go both ways: in a text of 2,048 words, log-marginals are right to 1e-3.
"""

import torch
from torch import Tensor

from ..potentials import Potentials
from . import two_way
from .messages import Messages

DTYPE = torch.float32
CONVERTS = False
ON_HOST = False

# values that a product may hold at once: 128 MiB
ROOM = 2**25


def messages(chain: Potentials) -> Messages:
    """Pass the messages along the chains."""
    levels = [_leaves(chain)]
    log_scale = chain.emissions.new_zeros(levels[0].shape[:2])
    while levels[-1].shape[1] > 1:
        left, right = levels[-1][:, ::2], levels[-1][:, 1::2]
        product = torch.cat(
            [(rows[..., None] + right[:, :, None]).logsumexp(-2) for rows in _rows(left)], 2
        )
        peak = product.amax((2, 3), keepdim=True)
        levels.append(product - peak)
        log_scale = log_scale[:, ::2] + log_scale[:, 1::2] + peak[..., 0, 0]
    before = _first_tag(chain)[:, None]
    after = chain.end.expand_as(before)
    total = (before[..., None] + levels[-1] + after[..., None, :]).flatten(1).logsumexp(1)
    for level in reversed(levels[:-1]):
        left, right = level[:, ::2], level[:, 1::2]
        passed = _shifted((before[..., None] + left).logsumexp(-2))
        before = torch.stack([before, passed], 2).flatten(1, 2)
        passed = _shifted((right + after[..., None, :]).logsumexp(-1))
        after = torch.stack([passed, after], 2).flatten(1, 2)
    forward = (before[..., None] + levels[0]).logsumexp(-2)
    steps = chain.emissions.shape[1]
    return Messages(forward[:, :steps], after[:, :steps], total + log_scale[:, 0])


def marginals(chain: Potentials, messages: Messages) -> tuple[Tensor, Tensor]:
    """Compute the expected uses of tags, (B, T, K), and of transitions, (B, K, K)."""
    arriving = (messages.backward + chain.emissions)[:, 1:, None]
    joint = messages.forward[:, :-1, :, None] + chain.transitions + arriving
    steps = joint.flatten(2).softmax(-1) * chain.mask[:, 1:, None]
    return two_way.unary(chain, messages), steps.sum(1).unflatten(1, chain.transitions.shape)


def adjoint(chain: Potentials, messages: Messages, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Backpropagate a gradient of the log-marginals: see `two_way.adjoint`."""
    return two_way.adjoint(chain, messages, gradient, _walk)


def _walk(steps: two_way.Steps, given: Tensor, taken: Tensor) -> tuple[Tensor, Tensor]:
    conditional = (steps.transitions[:, :, None] + steps.arriving[..., None, :]).softmax(-1)
    conditional = conditional * steps.real[..., None, None]
    count = given.shape[2]
    more = _power_of_two(count) - count
    # a step maps what arrives at a token, x, to x P + gP at the next: a tree of such maps
    matrices = torch.nn.functional.pad(conditional, (0, 0, 0, 0, 0, more + 1))
    vectors = torch.nn.functional.pad(given, (0, 0, 0, more))
    levels = [(matrices, (vectors[..., None, :] @ matrices).squeeze(-2))]
    while levels[-1][0].shape[2] > 1:
        matrices, vectors = levels[-1]
        right = matrices[:, :, 1::2]
        passed = (vectors[:, :, ::2, None] @ right).squeeze(-2) + vectors[:, :, 1::2]
        levels.append((matrices[:, :, ::2] @ right, passed))
    arrived = torch.zeros_like(levels[-1][1])
    for matrices, vectors in reversed(levels[:-1]):
        left = (arrived[..., None, :] @ matrices[:, :, ::2]).squeeze(-2) + vectors[:, :, ::2]
        arrived = torch.stack([arrived, left], 3).flatten(2, 3)
    arrived = arrived[:, :, :count]
    sources = arrived + given - torch.stack([taken, torch.zeros_like(taken)])
    return arrived, (sources[:, :, :-1, :, None] * conditional).sum((1, 2))


def best_tags(chain: Potentials) -> Tensor:
    """Find the best sequence of each chain (Viterbi), (B, T); padding repeats its last tag."""
    level, middles = _leaves(chain), []
    tags = level.shape[2]
    while level.shape[1] > 1:
        left, right = level[:, ::2], level[:, 1::2]
        parts = [(rows[..., None] + right[:, :, None]).max(-2) for rows in _rows(left)]
        level = torch.cat([part.values for part in parts], 2)
        middles.append(torch.cat([part.indices for part in parts], 2).flatten(2))
    final = (_first_tag(chain)[:, :, None] + level[:, 0] + chain.end).flatten(1).argmax(1)
    # the tags before and after the tokens of a node, as one number
    pair = final[:, None]
    for middle in reversed(middles):
        between = middle.gather(2, pair[..., None]).squeeze(2)
        before, after = pair.div(tags, rounding_mode="floor"), pair.remainder(tags)
        pair = torch.stack([before * tags + between, between * tags + after], 2).flatten(1)
    return pair[:, : chain.emissions.shape[1]].remainder(tags)


def _leaves(chain: Potentials) -> Tensor:
    """Build the tokens' matrices, (B, N, K, K), padded with identities to a power of two."""
    batch, count, tags = chain.emissions.shape
    # the first token follows any tag: `_first_tag` chooses one
    moves = chain.transitions.expand(count, -1, -1).clone()
    moves[0] = chain.start
    eye = torch.eye(tags, device=moves.device, dtype=moves.dtype).log()
    leaves = moves + chain.emissions[:, :, None]
    leaves = torch.where(chain.mask[..., None, None], leaves, eye)
    padding = eye.expand(batch, _power_of_two(count) - count, -1, -1)
    return torch.cat([leaves, padding], 1)


def _first_tag(chain: Potentials) -> Tensor:
    """Build the log weights of the tag before the first token, (B, K): all on tag 0."""
    weights = torch.zeros_like(chain.emissions[:, 0])
    weights[:, 1:] = float("-inf")
    return weights


def _rows(matrices: Tensor) -> tuple[Tensor, ...]:
    """Split the matrices by rows into parts whose products fit into `ROOM`."""
    return matrices.split(max(1, ROOM // matrices.numel()), 2)


def _shifted(logs: Tensor) -> Tensor:
    return logs - logs.amax(-1, keepdim=True)


def _power_of_two(count: int) -> int:
    return 1 << (count - 1).bit_length()
