"""The parameters of a linear-chain CRF: pytorch-crf's module, extended by its distribution."""

import torch
import torchcrf
from torch import Tensor

from .chain import IMPOSSIBLE, LinearChain
from .tags import TagScheme


class LinearChainCRF(torchcrf.CRF):
    """The parameters of a linear-chain CRF over the tags of a scheme.

    Training sees every transition, decoding only those that BIOES allows: a model in training
    learns from impossible sequences that they are unlikely, a model in use never says one.
    """

    def __init__(self, scheme: TagScheme) -> None:
        super().__init__(len(scheme.tags), batch_first=True)
        for name, allowed in (
            ("transition_penalty", scheme.allowed_transitions()),
            ("start_penalty", scheme.allowed_starts()),
            ("end_penalty", scheme.allowed_ends()),
        ):
            penalty = torch.where(allowed, 0.0, IMPOSSIBLE)
            self.register_buffer(name, penalty, persistent=False)

    def chain(self, emissions: Tensor, lengths: Tensor, constrained: bool = False) -> LinearChain:
        """The distribution over tag sequences that the emissions give.

        emissions: (B, T, K); lengths: (B,). constrained: only over sequences of the scheme.
        """
        if not constrained:
            return LinearChain(
                emissions,
                lengths,
                self.transitions,
                self.start_transitions,
                self.end_transitions,
            )
        return LinearChain(
            emissions,
            lengths,
            self.transitions + self.transition_penalty,
            self.start_transitions + self.start_penalty,
            self.end_transitions + self.end_penalty,
        )
