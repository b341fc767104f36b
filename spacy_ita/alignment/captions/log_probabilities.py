"""Log-probabilities of generated texts."""

from collections.abc import Sequence

import torch


def mean_log_probabilities(
    tokens: torch.Tensor, logits: Sequence[torch.Tensor], ends: Sequence[int]
) -> list[float]:
    """Compute the mean log-probability of each text's tokens, including its end.

    Args:
        tokens: The texts (N, T), padded after their ends.
        logits: T tensors (N, V) that the tokens were sampled from, before any warping.
        ends: Tokens that end a text.
    """
    chances = torch.stack(list(logits), dim=1).log_softmax(-1)
    chosen = chances.gather(-1, tokens[..., None])[..., 0]
    is_end = torch.isin(tokens, torch.tensor(list(ends), device=tokens.device))
    # up to and including the first end
    spoken = is_end.cumsum(-1) - is_end.long() == 0
    return ((chosen * spoken).sum(-1) / spoken.sum(-1)).tolist()
