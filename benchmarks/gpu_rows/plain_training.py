"""A loop as people write it, over transformers and pytorch-crf: both views, one after the other."""

from collections.abc import Sequence
from typing import Any

import torch
from spacy.training import Example
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torchcrf import CRF
from transformers import AutoModel, AutoTokenizer

from spacy_ita.crf import TagScheme

LONGEST = 256


class PlainTraining:
    """An encoder, a linear layer over each word's first subword, a CRF and AdamW.

    precision: the type in which the encoder computes; None for single precision.
    """

    def __init__(
        self, encoder: str, labels: Sequence[str], device: torch.device, precision: Any
    ) -> None:
        self.scheme = TagScheme(tuple(labels))
        self.device, self.precision = device, precision
        self.tokenizer = AutoTokenizer.from_pretrained(encoder)
        self.encoder = AutoModel.from_pretrained(encoder).to(device)
        width = self.encoder.config.hidden_size
        self.linear = nn.Linear(width, len(self.scheme.tags)).to(device)
        self.crf = CRF(len(self.scheme.tags), batch_first=True).to(device)
        parts = (self.encoder, self.linear, self.crf)
        self.parameters = [weights for part in parts for weights in part.parameters()]
        self.adamw = torch.optim.AdamW(self.parameters, lr=1e-5, fused=True)

    def update(self, examples: Sequence[Example], contexts: Sequence[str]) -> None:
        """The negative log-likelihood of both views, and a step."""
        words = [[token.text for token in example.predicted] for example in examples]
        gold = [
            torch.tensor(self.scheme.encode(example.get_aligned_ner())).clamp_min(0)
            for example in examples
        ]
        tags = pad_sequence(gold, batch_first=True).to(self.device)
        mask = pad_sequence([torch.ones(len(w), dtype=torch.bool) for w in words], True)
        mask = mask.to(self.device)
        loss = -self.crf(self.emissions(words), tags, mask, reduction="mean")
        pictured = self.emissions(words, [context.split() for context in contexts])
        loss = loss - 0.5 * self.crf(pictured, tags, mask, reduction="mean")
        self.adamw.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.adamw.step()
        loss.item()

    def emissions(self, words: list[list[str]], contexts: Any = None) -> Tensor:
        """(B, T, K) of texts, with or without their contexts."""
        subwords = self.tokenizer(
            words,
            contexts,
            is_split_into_words=True,
            padding=True,
            truncation="only_second" if contexts else True,
            max_length=LONGEST,
            return_tensors="pt",
        ).to(self.device)
        with torch.autocast(self.device.type, self.precision, enabled=self.precision is not None):
            hidden = self.encoder(**subwords).last_hidden_state
        rows = []
        for row, text in enumerate(words):
            ids = subwords.word_ids(row)
            first = [ids.index(n) if n in ids else 0 for n in range(len(text))]
            rows.append(hidden[row, first])
        return self.linear(pad_sequence(rows, batch_first=True).float())
