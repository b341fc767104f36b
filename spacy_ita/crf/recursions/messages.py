"""The messages that the recursions pass along a batch of chains."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Messages:
    """Logs of the summed exp(score) on both sides of each tag; undefined beyond a length.

    The messages of a token have an arbitrary constant offset, on which no probability depends. So
    they stay small, however long the chain is. The log-marginals are
    `(forward + backward).log_softmax(-1)`.

    Args:
        forward: Of all prefixes that end in the tag at the token, including its emission,
            (B, T, K).
        backward: Of all suffixes that follow the tag at the token, excluding its emission,
            (B, T, K).
        log_partition: log Z, without an offset, (B,).
    """

    forward: Tensor
    backward: Tensor
    log_partition: Tensor
