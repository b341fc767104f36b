"""The messages that the recursions pass along a batch of chains."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Messages:
    """Logs of the summed exp(score) on both sides of each tag; undefined beyond a length.

    A token's messages are known up to a constant, on which no probability depends. So they stay
    small, however long the chain is.

    forward: (B, T, K) of all prefixes that end in the tag at the token, its emission included.
    backward: (B, T, K) of all suffixes that follow the tag at the token, its emission not
        included: the log-marginals are `(forward + backward).log_softmax(-1)`.
    log_partition: (B,) log Z itself.
    """

    forward: Tensor
    backward: Tensor
    log_partition: Tensor
