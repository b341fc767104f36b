"""Potentials of any size, in any precision, against log space in double precision."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spacy_ita.crf import LinearChain

SPREADS = [0.0, 1.0, 20.0, 200.0, 2000.0, 1e4]
# tolerance of results, relative to the rounding of their terms
RELATIVE = {torch.float64: 1e-11, torch.float32: 1e-6, torch.float16: 1e-6, torch.bfloat16: 1e-6}


def normal_chain(seed, lengths, tags, spreads, dtype=torch.float64):
    """Potentials up to 1e4. spreads: of emissions, transitions, start and end."""
    generator = torch.Generator().manual_seed(seed)

    def normal(spread, *shape):
        drawn = spread * torch.randn(*shape, generator=generator, dtype=torch.float64)
        return drawn.clamp(-1e4, 1e4).to(dtype)

    emissions = normal(spreads[0], len(lengths), max(lengths), tags)
    transitions, ends = normal(spreads[1], tags, tags), normal(spreads[2], 2, tags)
    return LinearChain(emissions, torch.tensor(lengths), transitions, *ends)


def log_space(emissions, transitions, start, end):
    """Return log-marginals (T, K) and log Z of a chain, by the definition of the recursions."""
    forward, backward = [start + emissions[0]], [end]
    for emission in emissions[1:]:
        forward.append((forward[-1][:, None] + transitions).logsumexp(0) + emission)
    for emission in emissions[1:].flip(0):
        backward.append((transitions + emission + backward[-1]).logsumexp(1))
    log_partition = (forward[-1] + end).logsumexp(0)
    return torch.stack(forward) + torch.stack(backward[::-1]) - log_partition, log_partition


def best_score(emissions, transitions, start, end):
    score = start + emissions[0]
    for emission in emissions[1:]:
        score = (score[:, None] + transitions).amax(0) + emission
    return (score + end).amax()


def check(chain):
    """Compare all results of a chain, and its gradients, with log space in double precision."""
    double = chain.double()
    theirs = [
        p.clone().requires_grad_()
        for p in (double.emissions, double.transitions, double.start, double.end)
    ]
    ours = [
        p.clone().requires_grad_()
        for p in (chain.emissions, chain.transitions, chain.start, chain.end)
    ]
    found = LinearChain(ours[0], chain.lengths, *ours[1:])
    relative = RELATIVE[chain.emissions.dtype]
    weights = torch.randn(chain.emissions.shape, dtype=torch.float64)
    logs, log_z, loss, expected_loss = found.log_marginals(), found.log_partition(), 0.0, 0.0
    for b, (n, path) in enumerate(zip(chain.lengths.tolist(), chain.decode(), strict=True)):
        expected, expected_z = log_space(theirs[0][b, :n], *theirs[1:])
        largest = max(double.emissions[b, :n].abs().sum().item() / n, 1.0) * n
        close = {"rtol": relative, "atol": relative * largest}
        torch.testing.assert_close(log_z[b].double(), expected_z, **close)
        torch.testing.assert_close(logs[b, :n].double(), expected, **close)
        best = best_score(double.emissions[b, :n], *(p.detach() for p in theirs[1:]))
        score = double.score(torch.tensor(path + [0] * (len(weights[b]) - n)).expand(len(logs), -1))
        torch.testing.assert_close(score[b], best, rtol=1e-11, atol=1e-11 * largest)
        # only the log-marginals of likely tags: the gradients of others are large and inexact
        likely = (expected > -20).detach()
        loss = loss + log_z[b] + (logs[b, :n] * weights[b, :n] * likely).sum()
        expected_loss = expected_loss + expected_z + (expected * weights[b, :n] * likely).sum()
    gradients = torch.autograd.grad(loss, ours)
    expected = torch.autograd.grad(expected_loss, theirs, materialize_grads=True)
    for mine, their in zip(gradients, expected, strict=True):
        assert mine.isfinite().all()
        rounding = torch.finfo(mine.dtype).eps
        torch.testing.assert_close(
            mine.double(), their, rtol=2 * rounding, atol=max(4 * rounding, 1e-6) * len(weights[0])
        )


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 7), min_size=1, max_size=3),
    st.integers(1, 6),
    st.tuples(*[st.sampled_from(SPREADS)] * 3),
    st.sampled_from(list(RELATIVE)),
)
def test_potentials_of_any_size_are_right(seed, lengths, tags, spreads, dtype):
    torch.manual_seed(seed)
    check(normal_chain(seed, lengths, tags, spreads, dtype))


@pytest.mark.parametrize("spread", [300.0, 2000.0])
def test_transitions_far_apart(spread):
    """A transition that underflows may be in the only sequence that matters."""
    chain = normal_chain(0, [5, 1, 3, 4], 3, [spread] * 3)
    check(chain)
    marginals = chain.marginals()
    torch.testing.assert_close(marginals.unary.sum(-1), chain.mask.double())
    counts = chain.lengths.double() - 1
    torch.testing.assert_close(marginals.pairwise.sum((1, 2)), counts)


@pytest.mark.parametrize("spread", [1.0, 2000.0])
@pytest.mark.parametrize(
    "size", [(60, 81), pytest.param((10_000, 5), marks=pytest.mark.slow), (30, 200)]
)
def test_long_chains_and_many_tags(size, spread):
    torch.manual_seed(0)
    steps, tags = size
    check(normal_chain(1, [steps, 1], tags, [spread] * 3))


def test_log_likelihood_of_large_scores_keeps_its_precision():
    """The value is a difference of two large numbers, which single precision would lose."""
    emissions = torch.full((1, 2000, 2), 1e4)
    emissions[..., 1] -= 5.0
    chain = LinearChain(emissions, torch.tensor([2000]), torch.zeros(2, 2), *torch.zeros(2, 2))
    expected = 2000 * torch.tensor([0.0, -5.0]).double().log_softmax(0)[0]
    found = chain.log_likelihood(torch.zeros(1, 2000, dtype=torch.long))
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
