"""The torch module of a linear-chain CRF: pytorch-crf's parameters, and their distribution."""

import torch
import torchcrf
from torch import Tensor

from .chain import IMPOSSIBLE, LinearChain
from .tags import TagScheme


class LinearChainCRF(torchcrf.CRF):  # type: ignore[misc]  # pytorch-crf has no types
    """The parameters of a linear-chain CRF over the tags of a scheme.

    In training, every transition has a probability, so that the model learns how unlikely invalid
    sequences are. In use, only the transitions that BIOES allows have one.
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
        """Build the distribution over tag sequences for a batch of emissions.

        Args:
            emissions: Score of each tag at each token, (B, T, K).
            lengths: Number of tokens of each chain, (B,) int.
            constrained: Whether to forbid sequences that are invalid in the scheme.
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
