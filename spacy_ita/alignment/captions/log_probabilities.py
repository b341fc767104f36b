"""How likely a generator of text is to say what it said."""

from collections.abc import Sequence

import torch


def mean_log_probabilities(
    tokens: torch.Tensor, logits: Sequence[torch.Tensor], ends: Sequence[int]
) -> list[float]:
    """The mean log-probability of the tokens of each text, its end included.

    tokens: (N, T), padded after an end. logits: T times (N, V), those that the tokens were
    drawn from, before any warping. ends: the tokens that end a text.
    """
    chances = torch.stack(list(logits), dim=1).log_softmax(-1)
    chosen = chances.gather(-1, tokens[..., None])[..., 0]
    is_end = torch.isin(tokens, torch.tensor(list(ends), device=tokens.device))
    # up to the first end and with it
    spoken = is_end.cumsum(-1) - is_end.long() == 0
    return ((chosen * spoken).sum(-1) / spoken.sum(-1)).tolist()
