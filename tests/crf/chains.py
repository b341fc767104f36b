"""Random chains, and the enumeration of their sequences."""

from itertools import product

import torch

from spacy_ita.crf import LinearChain

LENGTHS = [5, 1, 3, 4]


def random_chain(seed, tags=3, lengths=LENGTHS, scale=2.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return scale * torch.randn(*shape, generator=generator, dtype=dtype)

    return LinearChain(
        normal(len(lengths), max(lengths), tags),
        torch.tensor(lengths),
        normal(tags, tags),
        normal(tags),
        normal(tags),
    )


def enumerate_chain(chain, b):
    """Return every sequence of chain b, and its log-score by definition."""
    n, tags = int(chain.lengths[b]), chain.emissions.shape[2]
    sequences = list(product(range(tags), repeat=n))
    scores = []
    for y in sequences:
        score = chain.start[y[0]] + chain.end[y[-1]]
        score = score + sum(chain.emissions[b, t, y[t]] for t in range(n))
        score = score + sum(chain.transitions[i, j] for i, j in zip(y, y[1:], strict=False))
        scores.append(score)
    return sequences, torch.stack(scores)


def potentials(chain):
    return [
        p.requires_grad_() for p in (chain.emissions, chain.transitions, chain.start, chain.end)
    ]
