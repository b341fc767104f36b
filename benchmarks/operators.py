"""Counts what a GPU would be asked to do, on a CPU: operators launched, and reads by the host.

An operator is a kernel launch or more on a GPU. A read by the host waits for all that was
launched before it. Both are those of the code that a card runs, whatever this machine has.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import torch
import typer
from spacy.training import Example
from torch import Tensor
from wasabi import table

from spacy_ita.crf.recursions import recursions
from spacy_ita.encoder import View
from spacy_ita.encoder.batches.call_size import GPU_CALL_COST, GPU_SUBWORDS, CallSize
from spacy_ita.encoder.model import encoder_shim
from spacy_ita.ner.loss.view_batch import ViewBatch
from spacy_ita.training.optimizer import create_adamw

from .parts.operator_count import OperatorCount
from .parts.ratios import Row
from .parts.tagger import Tagger, untrained
from .rows.inference import bare_rows

UPDATE, READING = 32, 256
ONE_CALL = CallSize(2**30, 2**30)


@dataclass(frozen=True)
class Counts:
    """Operators of our work, and of the bare encoder's over the same subwords."""

    ours: OperatorCount
    bare: OperatorCount

    @property
    def ratio(self) -> float:
        return self.ours.launches / self.bare.launches


def count(work: Callable[[], object]) -> OperatorCount:
    with OperatorCount() as counted:
        work()
    return counted


OUTPUTS = {
    "messages_kernel": 3,
    "marginals_kernel": 2,
    "adjoint_kernel": 2,
    "best_tags_kernel": 2,
}
"""How many tensors each kernel of the recursions writes: its last ones."""


@contextmanager
def as_on_a_card() -> Iterator[None]:
    """Run the code that a card runs; the kernels of the recursions only write zeros."""

    def write_zeros(kernel: Any, grid: Any, *tensors: Tensor, **sizes: int) -> None:
        for tensor in tensors[-OUTPUTS[kernel.__name__] :]:
            tensor.zero_()

    size = CallSize(GPU_SUBWORDS, GPU_CALL_COST)
    with (
        recursions("triton"),
        patch("spacy_ita.crf.recursions.triton._launch", write_zeros),
        patch.object(CallSize, "on", return_value=size),
        patch("spacy_ita.training.gradient_clipping.launches_cost", return_value=True),
    ):
        yield


def card_tagger(encoder: str, corpus: Path) -> Tagger:
    """Make a tagger in single precision that reads as much in a call as on a card."""
    # an encoder keeps the call size that it had when it was initialised
    with as_on_a_card():
        nlp, examples = untrained(encoder, corpus, mixed_precision=False, max_subwords=None)
    ner: Any = nlp.get_pipe("ner")
    return Tagger(nlp, ner, create_adamw(1e-5), examples)


def count_update(tagger: Tagger, batch: list[Example]) -> Counts:
    """Count an update with CVA, and forward, backward and AdamW of the encoder over both views."""
    ner, model = tagger.ner, encoder_shim(tagger.ner.model.get_ref("encoder"))._model

    def update() -> None:
        tagger.nlp.update(batch, drop=0.1, sgd=tagger.optimizer)

    docs = [example.predicted for example in batch]
    contexts = [ner.context_of(doc, "auto") for doc in docs]
    inputs = bare_rows(tagger, ViewBatch.for_training(docs, contexts, ner.loss).views, ONE_CALL)
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-5, foreach=True)

    def bare() -> None:
        model.train()
        for part in inputs:
            model(**part).last_hidden_state.sum().backward()
        adamw.step()
        adamw.zero_grad()

    # the first of each makes its optimizer's state
    with as_on_a_card():
        update()
        ours = count(update)
    bare()
    return Counts(ours, count(bare))


def count_reading(tagger: Tagger, examples: Sequence[Example]) -> Counts:
    """Count the annotation of documents, and the encoder's forward."""
    ner, model = tagger.ner, encoder_shim(tagger.ner.model.get_ref("encoder"))._model
    docs = [example.predicted.copy() for example in examples]
    views = [View([token.text for token in doc], ner.context_of(doc, "auto")) for doc in docs]
    inputs = bare_rows(tagger, views, ONE_CALL)

    def read() -> None:
        ner.set_annotations(docs, ner.predict(docs))

    @torch.inference_mode()
    def bare() -> None:
        model.eval()
        for part in inputs:
            model(**part)

    with as_on_a_card():
        read()
        ours = count(read)
    return Counts(ours, count(bare))


def rows(tagger: Tagger) -> Iterator[Row]:
    update = count_update(tagger, tagger.examples[:UPDATE])
    what = f"operators of an update of {UPDATE} tweets with CVA"
    bare = "the bare encoder's two views, forward, backward and AdamW"
    yield Row(what, bare, 1.6, True, [update.ratio])
    yield Row("its host reads", "none", 2, True, [update.ours.reads])
    reading = count_reading(tagger, tagger.examples[:READING])
    what = f"operators of reading {READING} tweets"
    yield Row(what, "the bare encoder's forward", 3.0, True, [reading.ratio])
    yield Row("its host reads", "none", 2, True, [reading.ours.reads])


def main(
    encoder: Annotated[str, typer.Argument(help="Folder of the encoder")],
    corpus: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    most: Annotated[int, typer.Option(help="How many of our commonest operators to list")] = 0,
) -> None:
    tagger = card_tagger(encoder, corpus)
    found = list(rows(tagger))
    shown = [(row.what, f"{row.ratio:.2f}", f"≤ {row.target}", row.met) for row in found]
    print(table(shown, header=("what", "count", "to reach", "met"), divider=True))
    if most:
        counts = (
            count_update(tagger, tagger.examples[:UPDATE]),
            count_reading(tagger, tagger.examples[:READING]),
        )
        for counted in counts:
            print(counted.ours.launches, counted.bare.launches)
            print(counted.ours.operators.most_common(most))


if __name__ == "__main__":
    typer.run(main)
