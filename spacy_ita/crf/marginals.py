"""The marginals of a batch of linear chains."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Marginals:
    """Exact marginals of a batch of chains.

    Args:
        unary: p(y_t = k), (B, T, K); zero beyond a length.
        pairwise: Expected number of transitions from tag i to tag j in a sequence, (B, K, K).
        log_partition: log Z, (B,).
    """

    unary: Tensor
    pairwise: Tensor
    log_partition: Tensor
