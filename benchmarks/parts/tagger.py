"""Real tweets with captions, and a tagger over MiniLM that has seen a few of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from thinc.api import Optimizer
from transformers import AutoTokenizer, BertConfig, BertModel

from spacy_ita.ner.component import CrossViewNER
from spacy_ita.training.corpus import PictureCorpus
from spacy_ita.training.optimizer import create_adamw

ENCODER = "training/minilm"
CONFIG = "configs/twitter_minilm.cfg"
LEARNT = 30
STEPS = 8


@dataclass
class Tagger:
    """A pipeline, its `crf_ner`, an optimizer, and the tweets: all, and in batches of 16."""

    nlp: Language
    ner: CrossViewNER
    optimizer: Optimizer
    examples: list[Example]

    @property
    def batches(self) -> list[list[Example]]:
        return [self.examples[start : start + 16] for start in range(0, len(self.examples), 16)]

    def update(self) -> None:
        """Take a few updates with CVA."""
        for batch in self.batches[:STEPS]:
            self.ner.update(batch, drop=0.1, sgd=self.optimizer)

    def in_view(self, view: Any, work: Callable[[], object]) -> Callable[[], object]:
        """Wrap the work: the pipe's view is `view` while it runs."""

        def run() -> object:
            before, self.ner.view = self.ner.view, view
            try:
                return work()
            finally:
                self.ner.view = before

        return run


def load_tagger(corpus: Path, mixed_precision: bool = False) -> Tagger:
    """MiniLM with the Twitter config, after a few updates, so that it finds entities as a
    trained tagger would."""
    nlp, examples = untrained(ENCODER, corpus, mixed_precision)
    ner = nlp.get_pipe("ner")
    assert isinstance(ner, CrossViewNER)
    tagger = Tagger(nlp, ner, create_adamw(1e-4), examples)
    for batch in tagger.batches[:LEARNT]:
        ner.update(batch, drop=0.1, sgd=tagger.optimizer)
    return tagger


def spacy_ner(
    examples: list[Example], encoder: str = ENCODER, mixed_precision: bool = False
) -> Language:
    """Make spaCy's own `ner` over spacy-transformers' `transformer`, with the same encoder."""
    overrides = {
        "paths.encoder": encoder,
        "components.transformer.model.mixed_precision": mixed_precision,
    }
    config = load_config("configs/spacy_ner.cfg", overrides)
    nlp = load_model_from_config(config, auto_fill=True)
    nlp.initialize(lambda: examples[:200])
    return nlp


def save_small(corpus: Path, folder: Path) -> None:
    """Save a pipeline over two layers of BERT, 32 wide: our own costs are most of its time."""
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    encoder = folder / "encoder"
    tokenizer = AutoTokenizer.from_pretrained(ENCODER)
    BertModel(
        BertConfig(vocab_size=len(tokenizer), num_attention_heads=2, **sizes)
    ).save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    nlp, _ = untrained(str(encoder), corpus, mixed_precision=False)
    nlp.to_disk(folder)


def untrained(
    encoder: str, corpus: Path, mixed_precision: bool, max_subwords: int | None = 2048
) -> tuple[Language, list[Example]]:
    """The Twitter config's pipeline over an encoder, initialised, and the corpus it saw.

    max_subwords: of a call of the encoder; None for as many as the device is best with.
    """
    paths = {"encoder": encoder, "train": str(corpus), "dev": str(corpus)}
    overrides: dict[str, Any] = {f"paths.{name}": path for name, path in paths.items()}
    overrides["components.ner.model.encoder.mixed_precision"] = mixed_precision
    overrides["components.ner.model.encoder.max_batch_pieces"] = max_subwords
    nlp = load_model_from_config(load_config(CONFIG, overrides), auto_fill=True)
    examples = list(PictureCorpus(corpus)(nlp))
    nlp.initialize(lambda: examples)
    return nlp, examples
