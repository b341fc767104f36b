"""A training loop as people write it: both views, one after the other."""

from collections.abc import Sequence

import torch
from spacy.training import Example
from torch import nn

from scripts.experiments.runs.plain_tagger import PlainTagger
from spacy_ita.crf import TagScheme
from spacy_ita.ner.loss.gold_tags import gold_tags


class PlainTraining:
    """A tagger over transformers and pytorch-crf, and AdamW.

    Args:
        encoder: Name or folder of the encoder.
        labels: The entity labels.
        device: Where it trains.
        precision: What the encoder computes in; None for single precision.
    """

    def __init__(
        self,
        encoder: str,
        labels: Sequence[str],
        device: torch.device,
        precision: torch.dtype | None,
    ) -> None:
        scheme = TagScheme(tuple(labels))
        self.tagger = PlainTagger(encoder, scheme, max_length=256, precision=precision).to(device)
        self.adamw = torch.optim.AdamW(self.tagger.parameters(), lr=1e-5, fused=True)

    def update(self, examples: Sequence[Example], contexts: Sequence[str]) -> None:
        """Take a step by the negative log-likelihood of both views."""
        words = [[token.text for token in example.predicted] for example in examples]
        encode = self.tagger.scheme.encode
        # a missing tag is taken for the first
        gold = [[max(tag, 0) for tag in encode(gold_tags(eg))] for eg in examples]
        loss = self.tagger.loss(words, gold)
        loss = loss + 0.5 * self.tagger.loss(words, gold, [text.split() for text in contexts])
        self.adamw.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.tagger.parameters(), 1.0)
        self.adamw.step()
        loss.item()
