"""Kullback-Leibler divergences between two chains' distributions over tag sequences."""

import torch
from torch import Tensor

from .chain import LinearChain


def sequence_kl(teacher: LinearChain, student: LinearChain) -> Tensor:
    """(B,) KL(p || q) over whole tag sequences, exact (Wang et al., 2022, equation of L_CVA).

    KL(p || q) = E_p[score_p - score_q] + log Z_q - log Z_p, where the expectation needs no more
    than p's marginals. No gradient flows to the teacher p.
    """
    teacher, student = teacher.detach().precise(), student.precise()
    marginals = teacher.marginals()
    cross_entropy = student.log_partition() - student.expected_score(marginals)
    return cross_entropy - (marginals.log_partition - teacher.expected_score(marginals))


def token_kl(teacher: LinearChain, student: LinearChain, temperature: float = 1.0) -> Tensor:
    """(B,) KL(p_t || q_t) between the tokens' marginals, summed over a chain's tokens.

    p_t and q_t are softmax(log-marginal / temperature). No gradient flows to the teacher.
    """
    with torch.no_grad():
        p = (teacher.log_marginals() / temperature).log_softmax(-1)
    q = (student.log_marginals() / temperature).log_softmax(-1)
    divergence = (p.exp() * (p - q)).sum(-1)
    return torch.where(student.mask, divergence, 0.0).sum(1)
