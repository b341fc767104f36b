"""What the host does for each text beside the tokenizer: the encoder replaced by zeros."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from unittest.mock import patch

import torch
import typer

from spacy_ita.encoder.model import encoder_shim

from .operators import as_on_a_card, card_tagger
from .parts.ratios import Row, processor_seconds, speed_ratios
from .parts.tagger import Tagger

TEXTS = 2048


def rows(tagger: Tagger, rounds: int) -> Iterator[Row]:
    given = cycle(example.predicted for example in tagger.examples)
    docs = list(islice(given, TEXTS))
    copies = iter([[doc.copy() for doc in docs] for _ in range(rounds + 1)])
    tokenizer = encoder_shim(tagger.ner.model.get_ref("encoder")).tokenizer
    texts = [[token.text for token in doc] for doc in docs]
    contexts = list({item["text"] for doc in docs for item in doc._.image_captions or ()})

    def read() -> None:
        for _ in tagger.nlp.pipe(next(copies), batch_size=TEXTS):
            pass

    def tokenize() -> None:
        for batch, split in ((texts, True), (contexts, False)):
            tokenizer(batch, is_split_into_words=split, add_special_tokens=False)

    # the kernels write zeros: no entity, as in most texts in use
    with encoder_of_zeros(tagger), as_on_a_card():
        yield Row(
            f"host time of reading {TEXTS} tweets, I+T, the encoder replaced by zeros",
            "the tokenizer over the same texts and contexts",
            2.0,
            True,
            speed_ratios(tokenize, read, rounds, processor_seconds),
        )


@contextmanager
def encoder_of_zeros(tagger: Tagger) -> Iterator[None]:
    """Replace the encoder by one that returns zeros at once."""
    model = encoder_shim(tagger.ner.model.get_ref("encoder"))._model
    width = model.config.hidden_size

    def zeros(input_ids: Any, **inputs: Any) -> Any:
        return SimpleNamespace(last_hidden_state=torch.zeros(1).expand(*input_ids.shape, width))

    # the last layer for the words alone is no more a layer
    with (
        patch.object(model, "forward", zeros),
        patch("spacy_ita.encoder.fast_paths.last_layer.gives_words", return_value=False),
    ):
        yield


def main(
    encoder: Annotated[str, typer.Argument(help="Folder of the encoder")],
    corpus: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    rounds: Annotated[int, typer.Option(help="Rounds; the median counts")] = 5,
) -> None:
    torch.set_num_threads(1)
    for row in rows(card_tagger(encoder, corpus), rounds):
        print(f"{row.what}, against {row.against}: {row.ratio:.2f}, to reach {row.target}")


if __name__ == "__main__":
    typer.run(main)
