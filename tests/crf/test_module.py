"""The parameters of a CRF, and the constraints of its tag scheme."""

import pytest
import torch

from spacy_ita.crf import LinearChainCRF, TagScheme


def test_parameters_are_those_of_pytorch_crf():
    """Saved weights don't hold the scheme, and the parent's loss takes the batch first."""
    scheme = TagScheme(("LOC", "PER"))
    crf = LinearChainCRF(scheme)
    assert sorted(crf.state_dict()) == ["end_transitions", "start_transitions", "transitions"]
    emissions, lengths = torch.randn(3, 5, len(scheme.tags)), torch.tensor([5, 2, 4])
    tags = torch.randint(0, len(scheme.tags), (3, 5))
    chain = crf.chain(emissions, lengths)
    theirs = crf(emissions, tags, chain.mask, reduction="none")
    torch.testing.assert_close(chain.score(tags) - chain.log_partition(), theirs)


def test_constraints_leave_the_scores_of_valid_sequences():
    scheme = TagScheme(("LOC", "PER"))
    crf = LinearChainCRF(scheme)
    emissions, lengths = torch.randn(2, 4, len(scheme.tags)), torch.tensor([4, 4])
    valid = torch.tensor([scheme.encode(tags) for tags in (["B-PER", "I-PER", "L-PER", "O"],) * 2])
    free, constrained = crf.chain(emissions, lengths), crf.chain(emissions, lengths, True)
    torch.testing.assert_close(constrained.score(valid), free.score(valid))
    for invalid in (["I-PER", "L-PER", "O", "O"], ["O", "O", "O", "B-LOC"], ["O", "L-PER"] * 2):
        tags = torch.tensor([scheme.encode(invalid)] * 2)
        assert (constrained.score(tags) < free.score(tags) - 5e3).all()


@pytest.mark.parametrize("spread", [5.0, 1e4])
def test_constrained_decoding_gives_valid_sequences_only(spread):
    scheme = TagScheme(("LOC", "PER"))
    torch.manual_seed(0)
    crf = LinearChainCRF(scheme)
    emissions = spread * torch.randn(50, 9, len(scheme.tags))
    lengths = torch.randint(1, 10, (50,))
    allowed = scheme.allowed_transitions()
    sequences = crf.chain(emissions, lengths, constrained=True).decode()
    assert crf.chain(emissions, lengths).decode() != sequences
    for tags in sequences:
        assert scheme.allowed_starts()[tags[0]]
        assert scheme.allowed_ends()[tags[-1]]
        assert all(allowed[i, j] for i, j in zip(tags, tags[1:], strict=False))
    marginals = crf.chain(emissions, lengths, constrained=True).marginals()
    assert marginals.pairwise[:, ~allowed].max() < 1e-6
