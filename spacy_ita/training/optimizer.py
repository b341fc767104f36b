"""AdamW by torch's fused kernel, as one of Thinc's optimizers."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from thinc.api import Optimizer, registry, torch2xp, xp2torch
from thinc.types import FloatsXd
from torch import Tensor
from torch.optim.adamw import adamw

LEAST_SHARE = 1e-4


@registry.optimizers("spacy_ita.AdamW.v1")
def create_adamw(
    learn_rate: float | Iterable[float] = 5e-5,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.01,
    grad_clip: float = 1.0,
    use_averages: bool = False,
) -> "AdamW":
    """AdamW (Loshchilov and Hutter, 2019); on a CPU several times as fast as `Adam.v1`.

    learn_rate: a number or a schedule. weight_decay: not applied to biases and norms, which
    are the parameters of one dimension. grad_clip: the largest norm of a parameter's gradient,
    0 for no limit. use_averages: whether the weights are averaged over the last tenth of the
    steps or so; it is the averages that spaCy then evaluates and saves.
    """
    return AdamW(
        learn_rate,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        L2=weight_decay,
        grad_clip=grad_clip,
        use_averages=use_averages,
    )


class AdamW(Optimizer):
    """Thinc's optimizer with its update rule left to torch."""

    def __init__(self, learn_rate: float | Iterable[float], **settings: Any) -> None:
        super().__init__(learn_rate, **settings)  # type: ignore[arg-type]
        self._state: dict[tuple[int, str], tuple[Tensor, Tensor, Tensor]] = {}

    def __call__(
        self, key: tuple[int, str], weights: Any, gradient: Any, *, lr_scale: float = 1.0
    ) -> tuple[Any, Any]:
        """Update the weights in place and zero the gradient."""
        parameter, grad = xp2torch(weights), xp2torch(gradient)
        if key not in self._state:
            self._state[key] = (
                torch.zeros_like(parameter),
                torch.zeros_like(parameter),
                parameter.new_zeros(()),
            )
        # the kernel divides by it in passing
        scale = (grad.norm() / self.grad_clip).clamp_min(1) if self.grad_clip else None
        average, average_of_squares, steps = self._state[key]
        adamw(
            [parameter],
            [grad],
            [average],
            [average_of_squares],
            [],
            [steps],
            fused=True,
            grad_scale=scale,
            amsgrad=False,
            beta1=self.b1,
            beta2=self.b2,
            lr=self.learn_rate * lr_scale,
            weight_decay=self.L2 if parameter.ndim > 1 else 0.0,
            eps=self.eps,
            maximize=False,
        )
        if self.averages is not None:
            if key not in self.averages:
                self.averages[key] = cast(FloatsXd, torch2xp(parameter.clone()))
            # as Thinc's own optimizers weigh it
            share = (9 / (10 + steps)).clamp_min(LEAST_SHARE)
            xp2torch(self.averages[key]).lerp_(parameter, share)
        grad.zero_()
        return weights, gradient
