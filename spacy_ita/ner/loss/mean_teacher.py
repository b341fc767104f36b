"""The mean teacher: the I+T view under a running mean of the weights."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from ...crf import LinearChain
from ...encoder import View
from ..model import TaggerModel, named_weights, tagging_head


class MeanTeacher:
    """A running mean of a model's weights, which predicts without dropout.

    Tarvainen and Valpola (2017), "Mean teachers are better role models".

    Args:
        decay: Share of the mean in the next mean, in [0, 1); 0 for no teacher. The first steps have
            their plain mean.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.means: dict[tuple[int, str], Tensor] = {}
        self.steps = 0

    @torch.no_grad()
    def read(self, model: TaggerModel, views: Sequence[View]) -> LinearChain | None:
        """Compute the distributions of views over all tag sequences, as in training.

        Returns:
            The distributions; None without views or without a teacher.
        """
        if not (views and self.decay):
            return None
        with model.use_params(cast("Any", self.means)):
            words = model.get_ref("encoder").predict(list(views))
            head = tagging_head(model)
            # a copy, as the chain holds the CRF's parameters, which are replaced only for now
            return head.crf.chain(head.emissions(words), words.lengths).double()

    @torch.no_grad()
    def step(self, model: TaggerModel) -> None:
        """Add the weights after a step to the mean."""
        if not self.decay:
            return
        self.steps += 1
        share = max(1 - self.decay, 1 / (self.steps + 1))
        weights = {key: values.detach() for key, values in named_weights(model).items()}
        for key in weights.keys() - self.means.keys():
            self.means[key] = weights[key].clone()
        torch._foreach_lerp_([self.means[key] for key in weights], list(weights.values()), share)
