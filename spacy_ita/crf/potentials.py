"""The potentials of a batch of linear chains: the scores of tags and transitions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor
from typing_extensions import Self


@dataclass(frozen=True)
class Potentials:
    """A batch of B chains of at most T tokens over K tags, with shared transitions.

    Args:
        emissions: Score of each tag at each token, (B, T, K).
        lengths: Number of tokens of each chain, (B,) int; from 1 to T.
        transitions: Score of each step from a row's tag to a column's, (K, K).
        start: Score of each tag at the first token, (K,).
        end: Score of each tag at the last token, (K,).
    """

    emissions: Tensor
    lengths: Tensor
    transitions: Tensor
    start: Tensor
    end: Tensor

    def detach(self) -> Self:
        """Return the same potentials, cut off from gradients."""
        return self._map(Tensor.detach)

    def double(self) -> Self:
        """Convert to double precision."""
        return self.to(torch.float64)

    def to(self, dtype: torch.dtype) -> Self:
        """Convert to another precision."""
        return self._map(lambda potential: potential.to(dtype))

    def temper(self, temperature: float) -> Self:
        """Return the distribution with p(y) proportional to exp(score(y) / temperature)."""
        return self._map(lambda potential: potential / temperature)

    @property
    def precision(self) -> torch.dtype:
        """Precision of the results."""
        return torch.promote_types(self.emissions.dtype, torch.float32)

    @cached_property
    def mask(self) -> Tensor:
        """Mask of the tokens, (B, T) bool; False in the padding."""
        steps = torch.arange(self.emissions.shape[1], device=self.emissions.device)
        return steps < self.lengths[:, None]

    def last(self, values: Tensor) -> Tensor:
        """Return the values of each chain's last token, (B, K).

        Args:
            values: Values of each tag at each token, (B, T, K).
        """
        index = (self.lengths - 1)[:, None, None]
        return values.gather(1, index.expand(-1, 1, values.shape[2])).squeeze(1)

    def _map(self, change: Callable[[Tensor], Tensor]) -> Self:
        return replace(
            self,
            emissions=change(self.emissions),
            transitions=change(self.transitions),
            start=change(self.start),
            end=change(self.end),
        )
