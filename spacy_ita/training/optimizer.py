"""AdamW with torch's fused kernel, as an optimizer of Thinc's."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from thinc.api import Optimizer, registry, torch2xp, xp2torch
from torch import Tensor
from torch.optim.adamw import adamw

from .gradient_clipping import clipped

if TYPE_CHECKING:
    from thinc.types import FloatsXd

LEAST_SHARE = 1e-4

Key = tuple[int, str]


@registry.optimizers("spacy_ita.AdamW.v1")
def create_adamw(  # noqa: PLR0917 - as in `Adam.v1`
    learn_rate: float | Iterable[float] = 5e-5,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.01,
    grad_clip: float = 1.0,
    use_averages: bool = False,
) -> "AdamW":
    """Create AdamW (Loshchilov and Hutter, 2019); on a CPU several times as fast as `Adam.v1`.

    Args:
        learn_rate: A number or a schedule.
        beta1: Decay of the mean of the gradients, in [0, 1).
        beta2: Decay of the mean of their squares, in [0, 1).
        eps: Added to the denominator; positive.
        weight_decay: Decay of the weights, but not of biases and norms, whose parameters have one
            dimension.
        grad_clip: Largest norm of a parameter's gradient; 0 for no limit.
        use_averages: Whether to average the weights over about the last tenth of the steps. spaCy
            then evaluates and saves the averages.

    Raises:
        ValueError: For a setting outside its range.
    """
    if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
        raise ValueError(f"beta1 and beta2 must be in [0, 1), not {beta1} and {beta2}")
    if eps <= 0 or weight_decay < 0 or grad_clip < 0:
        raise ValueError(
            f"eps must be positive, weight_decay and grad_clip must not be negative: "
            f"{eps}, {weight_decay}, {grad_clip}"
        )
    return AdamW(
        learn_rate,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        L2=weight_decay,
        grad_clip=grad_clip,
        use_averages=use_averages,
    )


class Moments(NamedTuple):
    """The moments of a parameter's gradient and its number of steps, on its device."""

    mean: Tensor
    mean_of_squares: Tensor
    steps: Tensor


class AdamW(Optimizer):
    """Thinc's optimizer with torch's update rule."""

    def __init__(self, learn_rate: float | Iterable[float], **settings: Any) -> None:
        super().__init__(learn_rate, **settings)  # type: ignore[arg-type]
        self.moments: dict[Key, Moments] = {}

    def __call__(
        self, key: Key, weights: Any, gradient: Any, *, lr_scale: float = 1.0
    ) -> tuple[Any, Any]:
        """Update the weights in place, and zero the gradient."""
        grad = shared(gradient)
        self.step_many([key], [shared(weights)], [grad], lr_scale=lr_scale)
        grad.zero_()
        return weights, gradient

    @torch.no_grad()
    def step_many(
        self,
        keys: Sequence[Key],
        weights: Sequence[Tensor],
        gradients: Sequence[Tensor],
        *,
        lr_scale: float = 1.0,
    ) -> None:
        """Update parameters in place, in a few calls and without a wait for the device.

        Args:
            keys: Thinc's key of each parameter.
            weights: Values of each parameter.
            gradients: Gradient of each parameter; its values may be lost.
            lr_scale: Factor of the learning rate.
        """
        if self.grad_clip:
            gradients = clipped(gradients, self.grad_clip)
        groups: dict[tuple[bool, int], list[int]] = {}
        for i, key in enumerate(keys):
            self.nr_update[key] += 1
            groups.setdefault((weights[i].ndim > 1, self.nr_update[key]), []).append(i)
        for (decays, steps), members in groups.items():
            own = [keys[i] for i in members]
            parameters = [weights[i] for i in members]
            moments = self._moments_of(own, parameters)
            adamw(
                parameters,
                [gradients[i] for i in members],
                [of_one.mean for of_one in moments],
                [of_one.mean_of_squares for of_one in moments],
                [],
                [of_one.steps for of_one in moments],
                fused=True,
                amsgrad=False,
                beta1=self.b1,
                beta2=self.b2,
                lr=self.learn_rate * lr_scale,
                weight_decay=self.L2 if decays else 0.0,
                eps=self.eps,
                maximize=False,
            )
            if self.averages is not None:
                # the weight that Thinc's own optimizers give the latest step
                share = max(9 / (10 + steps), LEAST_SHARE)
                torch._foreach_lerp_(self._averages_of(own, parameters), parameters, share)

    def _moments_of(self, keys: Sequence[Key], parameters: Sequence[Tensor]) -> list[Moments]:
        for key, parameter in zip(keys, parameters, strict=True):
            if key not in self.moments:
                self.moments[key] = Moments(
                    torch.zeros_like(parameter),
                    torch.zeros_like(parameter),
                    torch.zeros((), device=parameter.device),
                )
        return [self.moments[key] for key in keys]

    def _averages_of(self, keys: Sequence[Key], parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return Thinc's averages of some parameters, as tensors that share their memory."""
        assert self.averages is not None
        for key, parameter in zip(keys, parameters, strict=True):
            if key not in self.averages:
                self.averages[key] = cast("FloatsXd", torch2xp(parameter.clone()))
        return [shared(self.averages[key]) for key in keys]


def shared(array: Any) -> Tensor:
    """View an array as a tensor of the same memory, on its own device."""
    return torch.from_numpy(array) if isinstance(array, np.ndarray) else xp2torch(array)
