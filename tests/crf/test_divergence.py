"""Divergences against the enumeration of every tag sequence."""

import pytest
import torch
from chains import LENGTHS, enumerate_chain, potentials, random_chain

from spacy_ita.crf import sequence_kl, token_kl


@pytest.mark.parametrize("settings", [{}, {"temperature": 2.0}])
@pytest.mark.parametrize("seed", range(2))
def test_divergences_equal_enumeration(seed, settings):
    p, q = random_chain(seed), random_chain(seed + 100)
    sequence, token = sequence_kl(p, q), token_kl(p, q, **settings)
    temperature = settings.get("temperature", 1.0)
    for b in range(len(LENGTHS)):
        sequences, p_scores = enumerate_chain(p, b)
        _, q_scores = enumerate_chain(q, b)
        p_log, q_log = p_scores.log_softmax(0), q_scores.log_softmax(0)
        expected = (p_log.exp() * (p_log - q_log)).sum()
        assert sequence[b].item() == pytest.approx(expected.item(), abs=1e-5)
        expected = 0.0
        for t in range(LENGTHS[b]):
            column = torch.tensor([y[t] for y in sequences])
            p_t, q_t = (
                torch.stack([log[column == k].logsumexp(0) for k in range(3)])
                .div(temperature)
                .softmax(0)
                for log in (p_log, q_log)
            )
            expected += (p_t * (p_t / q_t).log()).sum().item()
        assert token[b].item() == pytest.approx(expected, abs=1e-5)


def test_divergence_of_a_chain_from_itself_is_zero():
    chain = random_chain(0)
    assert sequence_kl(chain, chain).abs().max() < 1e-9
    assert token_kl(chain, chain).abs().max() < 1e-9


@pytest.mark.parametrize("divergence", [sequence_kl, token_kl])
def test_no_gradient_reaches_the_teacher(divergence):
    teacher, student = random_chain(1), random_chain(2)
    taught, learned = potentials(teacher), potentials(student)
    divergence(teacher, student).sum().backward()
    assert all(p.grad is None for p in taught)
    assert all(p.grad.abs().sum() > 0 for p in learned)
