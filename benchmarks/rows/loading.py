"""`spacy.load` of a packaged pipeline against loading its encoder alone."""

from collections.abc import Iterator
from pathlib import Path

import spacy
from transformers import AutoModel, AutoTokenizer

from ..parts.ratios import Row, speed_ratios
from ..parts.tagger import ENCODER


def rows(pipeline: Path, rounds: int) -> Iterator[Row]:
    def load_encoder() -> None:
        AutoModel.from_pretrained(ENCODER)
        AutoTokenizer.from_pretrained(ENCODER)

    times = speed_ratios(load_encoder, lambda: spacy.load(pipeline), rounds)
    yield Row("`spacy.load`", "the same encoder and tokenizer by transformers", 4.5, True, times)
