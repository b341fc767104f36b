"""Gates that decide how much of the picture reaches a word."""

import torch
from torch import Tensor, nn


class VisualGate(nn.Module):
    """The gate of UMT: sigmoid(W a + U v) * v, one value for each dimension.

    Source: Yu et al. (2020), section 3.3. A word that is no thing to be seen shuts it.

    Args:
        width: Width H of the words and of what they see.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.word = nn.Linear(width, width)
        self.sight = nn.Linear(width, width, bias=False)

    def forward(self, words: Tensor, sights: Tensor) -> Tensor:
        """Return what passes of the words' sights, (B, T, H), given the words, (B, T, H)."""
        return torch.sigmoid(self.word(words) + self.sight(sights)) * sights
