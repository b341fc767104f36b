"""The recursions against the enumeration of every tag sequence, and against pytorch-crf."""

from itertools import product

import numpy as np
import pytest
import torch
import torchcrf
from chains import LENGTHS, enumerate_chain, potentials, random_chain

from spacy_ita.crf import BestPaths, LinearChain, sequence_kl, token_kl


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [0.1, 2.0, 20.0])
def test_partition_and_marginals_equal_enumeration(seed, scale):
    chain = random_chain(seed, scale=scale)
    log_z, marginals = chain.log_partition(), chain.marginals()
    for b in range(len(LENGTHS)):
        sequences, scores = enumerate_chain(chain, b)
        assert log_z[b].item() == pytest.approx(scores.logsumexp(0).item(), abs=1e-5)
        probabilities = scores.softmax(0)
        unary = torch.zeros_like(chain.emissions[b])
        pairwise = torch.zeros_like(chain.transitions)
        for y, p in zip(sequences, probabilities, strict=True):
            for t, tag in enumerate(y):
                unary[t, tag] += p
            for i, j in zip(y, y[1:], strict=False):
                pairwise[i, j] += p
        torch.testing.assert_close(marginals.unary[b], unary, atol=1e-5, rtol=0)
        torch.testing.assert_close(marginals.pairwise[b], pairwise, atol=1e-5, rtol=0)


def test_temper_divides_every_score():
    chain = random_chain(0)
    _, scores = enumerate_chain(chain, 0)
    tempered = chain.temper(4.0).log_partition()[0]
    assert tempered.item() == pytest.approx((scores / 4).logsumexp(0).item(), abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_nll_and_viterbi_equal_pytorch_crf(seed):
    torch.manual_seed(seed)
    reference = torchcrf.CRF(9, batch_first=True)
    for parameter in reference.parameters():
        torch.nn.init.normal_(parameter)
    lengths = torch.tensor([7, 1, 12, 5, 12])
    emissions = torch.randn(5, 12, 9, requires_grad=True)
    tags = torch.randint(0, 9, (5, 12))
    chain = LinearChain(
        emissions,
        lengths,
        reference.transitions,
        reference.start_transitions,
        reference.end_transitions,
    )
    ours = chain.log_partition() - chain.score(tags)
    theirs = -reference(emissions, tags, chain.mask, reduction="none")
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-5)
    assert chain.decode() == reference.decode(emissions, chain.mask)
    inputs = [emissions, *reference.parameters()]
    for mine, their in zip(
        torch.autograd.grad(ours.sum(), inputs),
        torch.autograd.grad(theirs.sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(mine, their, atol=1e-4, rtol=1e-4)


def build(lengths, emissions, transitions, start, end):
    return LinearChain(emissions, lengths, transitions, start, end)


@pytest.mark.parametrize("of", ["log_partition", "sequence_kl", "token_kl"])
def test_gradcheck(of):
    teacher, chain = random_chain(1), random_chain(2)
    functions = {
        "log_partition": lambda c: c.log_partition(),
        "sequence_kl": lambda c: sequence_kl(teacher, c),
        "token_kl": lambda c: token_kl(teacher, c, 2.0),
    }
    assert torch.autograd.gradcheck(
        lambda *p: functions[of](build(chain.lengths, *p)), potentials(chain)
    )


@pytest.mark.parametrize("size", [200.0, 1e4])
def test_extreme_potentials_stay_finite(size):
    chain = random_chain(3, scale=size, dtype=torch.float32)
    for p in potentials(chain):
        p.retain_grad()
    log_z = chain.log_partition()
    (log_z.sum() + token_kl(random_chain(4, dtype=torch.float32), chain).sum()).backward()
    assert log_z.isfinite().all()
    marginals = chain.marginals()
    torch.testing.assert_close(marginals.unary.sum(-1), chain.mask.float())
    assert marginals.pairwise.isfinite().all()
    assert all(p.grad.isfinite().all() for p in potentials(chain))


def test_messages_equal_enumeration():
    """Forward messages sum the prefixes up to a tag, backward messages the suffixes after it."""
    chain = random_chain(6)
    messages = chain.messages()
    for b, n in enumerate(LENGTHS):
        sequences, scores = enumerate_chain(chain, b)
        assert messages.log_partition[b].item() == pytest.approx(scores.logsumexp(0).item())
        expected = torch.empty(2, n, 3, dtype=torch.float64)
        for t, k in product(range(n), range(3)):
            prefixes, suffixes = set(), set()
            for y in sequences:
                if y[t] == k:
                    prefixes.add(y[: t + 1])
                    suffixes.add(y[t:])
            forward = [walk(chain, b, y, 0) + chain.start[y[0]] for y in prefixes]
            backward = [
                walk(chain, b, y, t) - chain.emissions[b, t, k] + chain.end[y[-1]] for y in suffixes
            ]
            for direction, scores_there in enumerate((forward, backward)):
                expected[direction, t, k] = torch.stack(scores_there).logsumexp(0)
        ours = torch.stack([messages.forward[b, :n], messages.backward[b, :n]])
        # those of each token are known up to a constant
        torch.testing.assert_close(ours.log_softmax(-1), expected.log_softmax(-1))


def walk(chain, b, tags, first):
    """Sum the emissions and transitions of tags from the token `first` on."""
    emitted = sum(chain.emissions[b, first + t, k] for t, k in enumerate(tags))
    return emitted + sum(chain.transitions[i, j] for i, j in zip(tags, tags[1:], strict=False))


def test_score_and_viterbi_equal_enumeration():
    chain = random_chain(9)
    tags = torch.randint(0, 3, (4, 5), generator=torch.Generator().manual_seed(0))
    scores, best = chain.score(tags), chain.decode()
    for b, n in enumerate(LENGTHS):
        sequences, by_definition = enumerate_chain(chain, b)
        expected = by_definition[sequences.index(tuple(tags[b, :n].tolist()))]
        assert scores[b].item() == pytest.approx(expected.item())
        assert tuple(best[b]) == sequences[int(by_definition.argmax())]


def test_log_marginals_are_the_logs_of_the_marginals():
    chain = random_chain(10)
    logs = chain.log_marginals()[chain.mask]
    torch.testing.assert_close(logs, chain.marginals().unary[chain.mask].log())


def test_selected_chains_stand_without_padding():
    chain = random_chain(11)
    selected = chain.select([3, 2])
    assert selected.lengths.tolist() == [4, 3]
    assert selected.emissions.shape == (2, 4, 3)
    torch.testing.assert_close(selected.log_partition(), chain.log_partition()[[3, 2]])


def test_results_have_the_precision_of_the_emissions():
    """The recursions compute in double precision."""
    chain = random_chain(12, dtype=torch.float32)
    marginals = chain.marginals()
    found = [chain.log_partition(), chain.log_marginals(), marginals.unary, marginals.pairwise]
    assert {values.dtype for values in found} == {torch.float32}
    assert chain.double().log_partition().dtype == torch.float64


def test_what_is_read_of_a_distribution_holds_no_graph():
    chain = random_chain(13)
    potentials(chain)
    marginals = chain.marginals()
    assert not any(m.requires_grad for m in (marginals.unary, marginals.pairwise))
    assert chain.log_marginals().requires_grad and not chain.messages().forward.requires_grad
    assert not chain.detach().log_marginals().requires_grad


def test_an_unlikely_tag_is_as_unlikely_as_its_emission_says():
    zeros = torch.zeros(2, dtype=torch.float64)
    emissions = torch.tensor([[[0.0, -1e3], [0.0, 0.0]]], dtype=torch.float64)
    chain = LinearChain(emissions, torch.tensor([2]), torch.zeros(2, 2).double(), zeros, zeros)
    assert chain.log_marginals()[0, 0, 1].item() == -1000.0


def test_what_all_tags_of_a_place_share_changes_no_probability():
    """The value may be of any size, and so may those beside it."""
    chain = random_chain(14)
    shifts = torch.tensor([0.0, 1e4, -1e4, 500.0, 0.0], dtype=torch.float64)
    moved = LinearChain(
        chain.emissions + shifts[:, None],
        chain.lengths,
        chain.transitions - 300.0,
        chain.start + 2e3,
        chain.end - 2e3,
    )
    added = torch.stack([shifts[:n].sum() - 300.0 * (n - 1) for n in LENGTHS])
    torch.testing.assert_close(moved.log_partition(), chain.log_partition() + added)
    ours, theirs = moved.marginals(), chain.marginals()
    torch.testing.assert_close(ours.unary, theirs.unary)
    torch.testing.assert_close(ours.pairwise, theirs.pairwise)


def test_long_chains_of_a_batch_stay_apart():
    """Each chain has its own scale: with a shared one, the smaller would be lost."""
    emissions = torch.zeros(2, 1000, 3, dtype=torch.float64)
    emissions[1, :, 1:] = -50.0
    zeros = torch.zeros(3, dtype=torch.float64)
    lengths = torch.tensor([1000, 1000])
    chain = LinearChain(emissions, lengths, torch.zeros(3, 3).double(), zeros, zeros)
    expected = 1000 * torch.tensor([3.0, 1.0], dtype=torch.float64).log()
    torch.testing.assert_close(chain.log_partition(), expected)
    torch.testing.assert_close(chain.marginals().unary, emissions.softmax(-1))


def test_chains_of_one_token():
    chain = random_chain(15, lengths=[1, 1])
    scores = chain.start + chain.emissions[:, 0] + chain.end
    torch.testing.assert_close(chain.log_partition(), scores.logsumexp(1))
    marginals = chain.marginals()
    torch.testing.assert_close(marginals.unary[:, 0], scores.softmax(1))
    assert not marginals.pairwise.any()
    best = scores.argmax(1, keepdim=True)
    assert chain.decode() == best.tolist()
    torch.testing.assert_close(chain.score(best), scores.amax(1))
    assert sequence_kl(chain, chain).abs().max() < 1e-9


def test_padding_changes_nothing():
    chain = random_chain(5)
    row = LinearChain(
        chain.emissions[2:3, :3], chain.lengths[2:3], chain.transitions, chain.start, chain.end
    )
    assert chain.log_partition()[2].item() == pytest.approx(row.log_partition().item())
    torch.testing.assert_close(chain.marginals().unary[2, :3], row.marginals().unary[0])
    assert chain.decode()[2] == row.decode()[0]


def test_segment_marginals_equal_enumeration():
    chain = random_chain(7)
    paths = [[0, 1, 2, 1, 0], [2], [1, 0, 2], [2, 1, 1, 0]]
    segments = [(0, 0, 2), (0, 1, 5), (1, 0, 1), (2, 1, 2), (3, 0, 4)]
    for (b, first, last), ours in zip(
        segments, chain.segment_log_marginals(paths, segments), strict=True
    ):
        sequences, scores = enumerate_chain(chain, b)
        agrees = torch.tensor([list(y[first:last]) == paths[b][first:last] for y in sequences])
        expected = scores[agrees].logsumexp(0) - scores.logsumexp(0)
        assert ours == pytest.approx(expected.item(), abs=1e-5)
    assert chain.segment_log_marginals(paths, []) == []


def test_parts_of_the_best_path_equal_segment_marginals():
    chain = random_chain(7)
    paths = BestPaths(chain.best_paths().wait(), LENGTHS)
    assert paths.tags == chain.decode()
    segments = [(0, 0, 2), (0, 1, 5), (1, 0, 1), (2, 1, 2), (3, 0, 4)]
    expected = chain.segment_log_marginals(paths.tags, segments)
    found = [paths.probability(*segment) for segment in segments]
    assert found == pytest.approx(torch.tensor(expected).exp().tolist(), abs=1e-6)


def test_probabilities_of_paths_are_known_and_at_most_one():
    certain, padding = [0.0, 1e-7, 0.0], [0.0, 0.0, 0.0]
    broken = [[0.0, float("nan"), 0.0], padding, padding]
    paths = BestPaths(np.array([[certain] * 3, broken], np.float32), [3, 1])
    assert [paths.known(row) for row in (0, 1)] == [True, False]
    # rounding alone would make it more
    assert paths.probability(0, 0, 3) == 1.0


def test_restricted_partition_equals_enumeration():
    chain = random_chain(8)
    allowed = torch.rand(chain.emissions.shape, generator=torch.Generator().manual_seed(0)) > 0.4
    allowed[..., 0] = True
    log_z = chain.restrict(allowed).log_partition()
    for b in range(len(LENGTHS)):
        sequences, scores = enumerate_chain(chain, b)
        agrees = torch.tensor([all(allowed[b, t, k] for t, k in enumerate(y)) for y in sequences])
        assert log_z[b].item() == pytest.approx(scores[agrees].logsumexp(0).item(), abs=1e-5)
