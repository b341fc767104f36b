"""Kullback–Leibler divergences between the tag distributions of two chains."""

import torch
from torch import Tensor

from .chain import LinearChain


def sequence_kl(teacher: LinearChain, student: LinearChain) -> Tensor:
    """Compute the exact KL(p || q) over whole tag sequences (Wang et al., 2022, L_CVA).

    KL(p || q) = E_p[score_p - score_q] + log Z_q - log Z_p, where p's marginals are enough for the
    expectation.

    Args:
        teacher: p, which gets no gradient.
        student: q.

    Returns:
        The divergence of each chain, (B,).
    """
    teacher, student = teacher.detach().precise(), student.precise()
    marginals = teacher.marginals()
    cross_entropy = student.log_partition() - student.expected_score(marginals)
    return cross_entropy - (marginals.log_partition - teacher.expected_score(marginals))


def token_kl(teacher: LinearChain, student: LinearChain, temperature: float = 1.0) -> Tensor:
    """Compute KL(p_t || q_t) between the tokens' marginals, summed over each chain's tokens.

    Args:
        teacher: p, which gets no gradient.
        student: q.
        temperature: Divides the log-marginals, before they are normalised again.

    Returns:
        The divergence of each chain, (B,).
    """
    with torch.no_grad():
        p = (teacher.log_marginals() / temperature).log_softmax(-1)
    q = (student.log_marginals() / temperature).log_softmax(-1)
    divergence = (p.exp() * (p - q)).sum(-1)
    return torch.where(student.mask, divergence, 0.0).sum(1)
