"""The best tag sequences of a batch and how likely their parts are, on the host."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class HostCopy:
    """A copy of a tensor to the host, which a GPU makes while the host continues."""

    def __init__(self, values: Tensor) -> None:
        self._ready: torch.cuda.Event | None = None
        if values.is_cuda:
            self._values = torch.empty_like(values, device="cpu", pin_memory=True)
            self._values.copy_(values, non_blocking=True)
            self._ready = torch.cuda.Event()
            self._ready.record(torch.cuda.current_stream(values.device))
        else:
            self._values = values.cpu()

    def wait(self) -> np.ndarray:
        """Wait for the copy and return its values."""
        if self._ready is not None:
            self._ready.synchronize()
        return self._values.numpy()


class BestPaths:
    """The best tag sequences and their probabilities, from `LinearChain.best_paths`.

    Args:
        copied: Tag, log p(y_t) and log p(y_t | y_t-1) at each token, (B, T, 3).
        lengths: Number of tokens of each chain.
    """

    def __init__(self, copied: np.ndarray, lengths: Sequence[int]) -> None:
        rows = zip(copied[..., 0].astype(int).tolist(), lengths, strict=True)
        self.tags = [tags[:length] for tags, length in rows]
        self._alone = copied[..., 1]
        self._steps = copied[..., 2].astype(float).cumsum(1)

    def known(self, row: int) -> bool:
        """Tell whether a chain's probabilities are numbers: NaN or infinite potentials give none."""
        # each token's marginal depends on the whole chain
        return not np.isnan(self._alone[row, 0])

    def probability(self, row: int, first: int, last: int) -> float:
        """Return the probability of the path's tags from `first` to before `last`."""
        steps = self._steps[row, last - 1] - self._steps[row, first]
        return float(np.exp(min(self._alone[row, first] + steps, 0.0)))
