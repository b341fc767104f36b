"""The best tag sequences of a batch and the probabilities of their parts, on the host."""

from collections.abc import Sequence

import numpy as np


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
        """Tell whether a chain's probabilities are numbers; not so for infinite potentials."""
        # each token's marginal depends on the whole chain
        return not np.isnan(self._alone[row, 0])

    def probability(self, row: int, first: int, last: int) -> float:
        """Return the probability of the path's tags from `first` to before `last`."""
        steps = self._steps[row, last - 1] - self._steps[row, first]
        return float(np.exp(min(self._alone[row, first] + steps, 0.0)))
