"""A teacher of the T view that is steadier than the I+T view of the moment."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from thinc.api import Model
from torch import Tensor

from ...crf import LinearChain
from ...encoder import View
from ..model import Reading, named_weights, tagging_head


class MeanTeacher:
    """Reads views by the running mean of a model's weights, without dropout (Tarvainen and
    Valpola, 2017, "Mean teachers are better role models").

    decay: the mean's share in the next mean, in [0, 1); less of it in the first steps, whose mean
        is the plain one. 0 for no teacher.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._means: dict[tuple[int, str], Tensor] = {}
        self._steps = 0

    @torch.no_grad()
    def read(self, model: Model[list[View], Reading], views: Sequence[View]) -> LinearChain | None:
        """The distribution over all tag sequences, those that BIOES forbids too, as in training;
        None without views or teacher."""
        if not (views and self.decay):
            return None
        with model.use_params(cast(Any, self._means)):
            words = model.get_ref("encoder").predict(list(views))
            head = tagging_head(model)
            # a copy: the CRF's parameters are the chain's own, and here they are others for a while
            return head.crf.chain(head.linear(words.vectors), words.lengths).double()

    @torch.no_grad()
    def step(self, model: Model[list[View], Reading]) -> None:
        """Take the weights as they are after a step into the mean."""
        if not self.decay:
            return
        self._steps += 1
        share = max(1 - self.decay, 1 / (self._steps + 1))
        weights = {key: values.detach() for key, values in named_weights(model).items()}
        for key in weights.keys() - self._means.keys():
            self._means[key] = weights[key].clone()
        torch._foreach_lerp_([self._means[key] for key in weights], list(weights.values()), share)
