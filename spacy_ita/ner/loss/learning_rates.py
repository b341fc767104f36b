"""Separate learning rates for the groups of a tagger's parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from ...encoder.shim import step_parameters

GROUPS = ("encoder", "linear", "crf", "fusion")


def checked_factors(name: str, factors: Mapping[str, float]) -> dict[str, float]:
    """Check factors of the groups' learning rates, and complete them with 1.

    Args:
        name: Name of the pipe.
        factors: Factor of each group; 0 for a group that doesn't learn.

    Raises:
        ValueError: For an unknown group, or a negative factor.
    """
    if unknown := sorted(set(factors) - set(GROUPS)):
        raise ValueError(f"{name}: unknown learn_rate_factors {unknown}: give {', '.join(GROUPS)}")
    if negative := {group: factor for group, factor in factors.items() if factor < 0}:
        raise ValueError(f"{name}: learn_rate_factors must not be negative: {negative}")
    return {**dict.fromkeys(GROUPS, 1.0), **factors}


class GroupRates:
    """An optimizer that steps each group of parameters at its own learning rate.

    Args:
        optimizer: An optimizer of Thinc's.
        rates: Factor of the learning rate for each first part of a parameter's name. That of
            "encoder" is for all other names.
    """

    def __init__(self, optimizer: Any, rates: Mapping[str, float]) -> None:
        self.optimizer = optimizer
        self.rates = rates

    def __call__(self, key: tuple[int, str], weights: Any, gradient: Any) -> tuple[Any, Any]:
        """Step one parameter, with the arguments that Thinc's layers pass."""
        return self.optimizer(key, weights, gradient, lr_scale=self._rate(key))

    def step_many(
        self,
        keys: Sequence[tuple[int, str]],
        weights: Sequence[Tensor],
        gradients: Sequence[Tensor],
    ) -> None:
        """Step parameters in place, with one call to the optimizer for each rate."""
        groups: dict[float, list[int]] = {}
        for i, key in enumerate(keys):
            groups.setdefault(self._rate(key), []).append(i)
        for rate, members in groups.items():
            step_parameters(
                self.optimizer,
                [keys[i] for i in members],
                [weights[i] for i in members],
                [gradients[i] for i in members],
                lr_scale=rate,
            )

    def _rate(self, key: tuple[int, str]) -> float:
        group = key[1].partition(".")[0]
        return self.rates.get(group, self.rates["encoder"])
