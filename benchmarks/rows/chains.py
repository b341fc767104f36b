"""The CRF's exact quantities against pytorch-crf and autograd."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torchcrf import CRF

from spacy_ita.crf import LinearChain, sequence_kl

from ..parts.ratios import Row, speed_ratios

BATCH, STEPS, TAGS = 64, 50, 17
REPEATS = 10


def rows(rounds: int) -> Iterator[Row]:  # noqa: C901 - small functions to be timed
    torch.manual_seed(0)
    crf = CRF(TAGS, batch_first=True)
    emissions = torch.randn(BATCH, STEPS, TAGS)
    student = torch.randn(BATCH, STEPS, TAGS, requires_grad=True)
    lengths = torch.randint(STEPS // 2, STEPS + 1, (BATCH,))
    mask = torch.arange(STEPS) < lengths[:, None]

    def chain(emitted: Tensor) -> LinearChain:
        return LinearChain(
            emitted, lengths, crf.transitions, crf.start_transitions, crf.end_transitions
        )

    def log_marginals(emitted: Tensor) -> Tensor:
        """Compute log marginals, (B, T, K), as the gradient of pytorch-crf's log-partition."""
        emitted = emitted if emitted.requires_grad else emitted.clone().requires_grad_()
        partition = crf._compute_normalizer(emitted.transpose(0, 1), mask.T).sum()
        (marginals,) = torch.autograd.grad(partition, emitted, create_graph=True)
        return marginals.clamp_min(1e-12).log()

    def decode() -> None:
        for _ in range(REPEATS):
            chain(emissions).decode()
            chain(emissions).marginals()

    def decode_by_autograd() -> None:
        for _ in range(REPEATS):
            crf.decode(emissions, mask)
            log_marginals(emissions)

    yield Row(
        f"Viterbi and marginals, B {BATCH} × T {STEPS} × K {TAGS}",
        "pytorch-crf's `decode` and autograd's marginals, differentiable",
        3.0,
        False,
        speed_ratios(decode, decode_by_autograd, rounds),
    )

    def divergence() -> None:
        for _ in range(REPEATS):
            sequence_kl(chain(emissions), chain(student)).sum().backward()

    def divergence_by_autograd() -> None:
        for _ in range(REPEATS):
            p = log_marginals(emissions).detach()
            q = log_marginals(student)
            (p.exp() * (p - q))[mask].sum().backward()

    yield Row(
        "exact KL over tag sequences, forward and backward",
        "KL over tokens by double autograd",
        1.5,
        False,
        speed_ratios(divergence, divergence_by_autograd, rounds),
    )
