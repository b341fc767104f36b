"""F1 of a trained pipeline in each precision that the encoder can compute in.

    python -m benchmarks.precisions PIPELINE TWEETS

A card may cast the weights once, or at each call. A CPU can compute in the same ways, slowly.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import spacy
import torch
import typer
from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example
from wasabi import table

from spacy_ita.cli.shared.files import read_docs
from spacy_ita.encoder import holder

Entities = set[tuple[int, int, int, str]]
"""Number of the document, first token, end (exclusive) and label of each entity."""

SCORES = {"T": "ents_f_text", "I+T": "ents_f_image"}
PRECISIONS = {
    "single": (None, False),
    "bfloat16": (torch.bfloat16, False),
    "float16": (torch.float16, False),
    "weights in float16": (torch.float16, True),
}
"""The type that a call computes in, and whether the weights are held in it."""


def encoder_shims(nlp: Language) -> list[holder.EncoderShim]:
    """List the holders of a pipeline's encoders."""
    models = [getattr(pipe, "model", None) for _, pipe in nlp.pipeline]
    shims = [shim for model in models if model for node in model.walk() for shim in node.shims]
    return [shim for shim in shims if isinstance(shim, holder.EncoderShim)]


@contextmanager
def computing_in(nlp: Language, dtype: torch.dtype | None, holds_weights: bool) -> Iterator[None]:
    """Let the encoders of a pipeline compute in another precision within the context."""
    encoders = encoder_shims(nlp)
    before = [shim._half for shim in encoders]
    try:
        with patch.object(holder, "holds_half_weights", lambda device: holds_weights):
            for shim in encoders:
                shim._half = dtype
            # weights are cast at the second use
            list(nlp.pipe(["visit jordan tonight"] * 2, batch_size=1))
            yield
    finally:
        for shim, own in zip(encoders, before, strict=True):
            shim._half = own
            shim._half_copy.forget()


def without_entities(doc: Doc) -> Doc:
    """Copy a document with all but its entities, which the tagger would keep."""
    copy = doc.copy()
    copy.set_ents([], default="missing")
    return copy


def entities(examples: list[Example]) -> Entities:
    """Collect the entities that were found."""
    return {
        (number, ent.start, ent.end, ent.label_)
        for number, example in enumerate(examples)
        for ent in example.predicted.ents
    }


def points(score: float | None) -> str:
    """Write a score in percent; a pipeline of one view has none of the other."""
    return "" if score is None else f"{100 * score:.2f}"


def main(
    pipeline: Annotated[Path, typer.Argument(help="A trained pipeline", exists=True)],
    tweets: Annotated[Path, typer.Argument(help="Aligned tweets, a .spacy file", exists=True)],
    gpu_id: Annotated[int, typer.Option(help="GPU, -1 for the CPU")] = -1,
) -> None:
    """Score a pipeline in each precision, and count the entities that differ."""
    if gpu_id >= 0:
        spacy.require_gpu(gpu_id)
    nlp = spacy.load(pipeline)
    gold = read_docs(tweets, nlp.vocab)
    rows: list[tuple[str, ...]] = []
    single: Entities = set()
    for name, (dtype, holds_weights) in PRECISIONS.items():
        with computing_in(nlp, dtype, holds_weights):
            read = nlp.pipe(map(without_entities, gold))
            examples = [Example(doc, of) for doc, of in zip(read, gold, strict=True)]
            scores = Scorer(nlp).score(examples)
        found = entities(examples)
        single = single or found
        scored = (points(scores.get(score)) for score in SCORES.values())
        rows.append((name, *scored, f"{len(found ^ single)} of {len(single)}"))
    print(table(rows, header=("precision", *SCORES, "entities that differ"), divider=True))


if __name__ == "__main__":
    typer.run(main)
