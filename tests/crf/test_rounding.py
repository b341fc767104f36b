"""The recursions stay within the rounding errors that their modules derive, in long chains too."""

import math

import pytest
import torch
from thinc.api import get_torch_default_device

from spacy_ita.crf import LinearChain, LinearChainCRF, TagScheme
from spacy_ita.crf.recursions import scan, sequential

TWENTY_LABELS = tuple(f"L{number}" for number in range(20))
# scores of impossible tags and transitions are far below
POSSIBLE = -1e20


def constrained_chain(words, labels=TWENTY_LABELS):
    """Make one chain with potentials that are 200 nats off, some of them on impossible paths."""
    scheme = TagScheme(labels)
    torch.manual_seed(0)
    emissions = 3 * torch.randn(1, words, len(scheme.tags))
    for word, tag, nats in ((1, 2, 200.0), (words // 2, 3, 200.0), (words // 2 + 1, 3, 200.0)):
        emissions[0, word, tag] += nats
    emissions[0, words // 3] -= 200.0
    chain = LinearChainCRF(scheme).chain(emissions, torch.tensor([words]), constrained=True)
    return chain.detach().double()


def on_device(chain):
    device = get_torch_default_device()
    given = (chain.emissions, chain.lengths, chain.transitions, chain.start, chain.end)
    return LinearChain(*(potentials.to(device) for potentials in given))


def sizes(chain):
    """Return T, K, and D, the largest difference of a score of two tags and of two steps."""
    steps = torch.cat([chain.transitions.flatten(), chain.start, chain.end])
    differences = [
        possible.max() - possible.min()
        for scores in (chain.emissions, steps)
        for possible in [scores[scores > POSSIBLE]]
    ]
    return *chain.emissions.shape[1:], float(sum(differences))


def log_marginals(messages):
    logs = (messages.forward + messages.backward).double().cpu()
    return (logs - logs.logsumexp(-1, keepdim=True))[0]


def compare(found, expected, bound):
    possible = expected > POSSIBLE
    assert possible.any()
    error = (found - expected)[possible].abs().max().item()
    assert error <= bound
    return error


def bound_of_triton(chain):
    tokens, tags, spread = sizes(chain)
    # twice: the expected values have such errors, too
    return 2 * 2 * (tokens + 6) * (spread + tags + 8) * torch.finfo(torch.float64).eps / 2


@pytest.mark.slow
@pytest.mark.parametrize("kernel", ["messages", "marginals", "adjoint", "best_tags"])
def test_kernels_of_long_texts_and_81_tags(kernel):
    pytest.importorskip("triton")
    from spacy_ita.crf.recursions import triton

    # the interpreter takes some 40 ms of processor time for a word of the adjoint
    words = 256 if kernel == "adjoint" else 512
    chain = constrained_chain(words)
    there = on_device(chain)
    messages = sequential.messages(chain)
    bound = bound_of_triton(chain)
    assert bound < 1e-9
    if kernel == "messages":
        compare(log_marginals(triton.messages(there)), log_marginals(messages), bound)
        return
    if kernel == "best_tags":
        paths = [
            run.best_tags(given).cpu() for run, given in ((triton, there), (sequential, chain))
        ]
        assert torch.equal(*paths)
        return
    there_too = type(messages)(*(part.to(there.lengths.device) for part in vars(messages).values()))
    if kernel == "marginals":
        expected, found = sequential.marginals(chain, messages), triton.marginals(there, there_too)
        # of each use of a tag, and of all steps between two tags
        bounds = bound, words * bound
    else:
        gradient = torch.randn(chain.emissions.shape, dtype=torch.float64)
        gradient = torch.where(log_marginals(messages) > -15, gradient, 0.0)
        expected = sequential.adjoint(chain, messages, gradient)
        found = triton.adjoint(there, there_too, gradient.to(there.lengths.device))
        bounds = words * bound, words * bound
    for own, their, most in zip(found, expected, bounds, strict=True):
        compare(own.cpu(), their, most)


@pytest.mark.parametrize(
    ("words", "labels"),
    [(40, ("PER",)), pytest.param(2048, ("PER", "LOC"), marks=pytest.mark.slow)],
)
def test_a_scan_in_single_precision(words, labels):
    chain = constrained_chain(words, labels)
    tokens, tags, spread = sizes(chain)
    expected = log_marginals(sequential.messages(chain))
    found = log_marginals(scan.messages(on_device(chain).to(torch.float32)))
    worst = 2 * (tokens + 2 * math.log2(tokens)) * (20 * spread + tags + 4)
    error = compare(found, expected, worst * torch.finfo(torch.float32).eps / 2)
    # roundings are as often up as down
    assert error < 1e-3
