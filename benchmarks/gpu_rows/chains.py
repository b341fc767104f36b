"""The CRF alone on a card, against pytorch-crf."""

from collections.abc import Iterator

import torch
from thinc.api import get_torch_default_device
from torch import Tensor
from torchcrf import CRF

from spacy_ita.crf import LinearChain

from ..parts.ratios import Row
from .card import Sizes, card_ratios, repeated

BATCH, TAGS = 64, 17
TARGETS = {50: 20, 512: 100}
"""From a chain's length to how many times as fast as pytorch-crf it is to be."""
REPEATS = 5


class Chains:
    """A batch of chains up to a length, on the device in use, and pytorch-crf's of the same."""

    def __init__(self, length: int) -> None:
        torch.manual_seed(0)
        device = get_torch_default_device()
        self.crf = CRF(TAGS, batch_first=True).to(device)
        self.emissions = torch.randn(BATCH, length, TAGS, device=device, requires_grad=True)
        lengths = torch.randint(length // 2, length + 1, (BATCH,))
        lengths[0] = length
        self.mask = (torch.arange(length) < lengths[:, None]).to(device)
        self.tags = torch.randint(TAGS, (BATCH, length), device=device)
        self.lengths = lengths.to(device)

    def chain(self, emissions: Tensor) -> LinearChain:
        crf = self.crf
        return LinearChain(
            emissions, self.lengths, crf.transitions, crf.start_transitions, crf.end_transitions
        )

    def learn(self) -> None:
        (-self.chain(self.emissions).log_likelihood(self.tags)).sum().backward()

    def learn_by_rival(self) -> None:
        (-self.crf(self.emissions, self.tags, self.mask)).backward()

    def decode(self) -> None:
        self.chain(self.emissions.detach()).decode()

    def decode_by_rival(self) -> None:
        self.crf.decode(self.emissions.detach(), self.mask)


def rows(sizes: Sizes) -> Iterator[Row]:
    for length, target in TARGETS.items():
        chains = Chains(length)
        for what, ours, other in (
            ("NLL and its gradient", chains.learn, chains.learn_by_rival),
            ("Viterbi", chains.decode, chains.decode_by_rival),
        ):
            times = card_ratios(repeated(ours, REPEATS), repeated(other, REPEATS), sizes)
            shape = f"B {BATCH} × T {length} × K {TAGS}"
            yield Row(f"{what}, {shape}", "pytorch-crf", target, False, times)
