"""A tagger as people write it, over transformers and pytorch-crf."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torchcrf import CRF
from transformers import AutoModel, AutoTokenizer

from spacy_ita.crf import TagScheme


class PlainTagger(nn.Module):
    """An encoder, a linear layer over the first subword of each word, and a CRF over BIOES tags.

    Args:
        encoder: Name or folder of the encoder.
        scheme: The tags.
        dropout: Dropout of the words' vectors.
        max_length: Longest row, in subwords; the rest is cut off.
        precision: What the encoder computes in; None for single precision.
    """

    def __init__(
        self,
        encoder: str,
        scheme: TagScheme,
        *,
        dropout: float = 0.0,
        max_length: int = 128,
        precision: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.scheme, self.max_length, self.precision = scheme, max_length, precision
        self.tokenizer = AutoTokenizer.from_pretrained(encoder)
        self.encoder = AutoModel.from_pretrained(encoder)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(self.encoder.config.hidden_size, len(scheme.tags))
        self.crf = CRF(len(scheme.tags), batch_first=True)

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.linear.weight.device

    def forward(
        self, words: list[list[str]], contexts: list[list[str]] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Compute emissions, (B, T, K), and the mask of the words, (B, T)."""
        subwords = self.tokenizer(
            words,
            contexts,
            is_split_into_words=True,
            padding=True,
            truncation="only_second" if contexts else True,
            max_length=self.max_length,
            return_tensors="pt",
        ).to(self.device)
        precision = self.precision
        with torch.autocast(self.device.type, precision, enabled=precision is not None):
            hidden = self.encoder(**subwords).last_hidden_state
        rows = []
        for row, text in enumerate(words):
            ids = subwords.word_ids(row)
            # a word without a subword, such as one cut off, is read from [CLS]
            rows.append(hidden[row, [ids.index(n) if n in ids else 0 for n in range(len(text))]])
        mask = pad_sequence([torch.ones(len(text), dtype=torch.bool) for text in words], True)
        vectors = self.dropout(pad_sequence(rows, True).float())
        return self.linear(vectors), mask.to(self.device)

    def loss(
        self,
        words: list[list[str]],
        gold: Sequence[Sequence[int]],
        contexts: list[list[str]] | None = None,
    ) -> Tensor:
        """Compute the mean negative log-likelihood of gold tags, a list for each text."""
        emissions, mask = self(words, contexts)
        tags = pad_sequence([torch.tensor(row) for row in gold], True).to(self.device)
        return cast("Tensor", -self.crf(emissions, tags, mask=mask, reduction="mean"))
