"""Mixed precision on a CPU, in bfloat16, against single precision."""

from collections.abc import Iterator
from pathlib import Path

from spacy_ita.encoder.precision import multiplies_bfloat16

from ..parts.ratios import Row, speed_ratios
from ..parts.tagger import Tagger, load_tagger
from .inference import TWEETS


def rows(corpus: Path, rounds: int) -> Iterator[Row]:
    """Yield the rows; none where the processor has no bfloat16 arithmetic."""
    if not multiplies_bfloat16():
        return
    single, mixed = load_tagger(corpus), load_tagger(corpus, mixed_precision=True)
    docs = [example.predicted.copy() for example in single.examples[:TWEETS]]

    def annotate(tagger: Tagger) -> None:
        for _ in tagger.nlp.pipe(docs):
            pass

    yield Row(
        "`nlp.pipe`, I+T view, in bfloat16",
        "the same in single precision",
        1.3,
        False,
        speed_ratios(lambda: annotate(mixed), lambda: annotate(single), rounds),
    )
    yield Row(
        "an update with CVA in bfloat16",
        "the same in single precision",
        1.3,
        False,
        speed_ratios(mixed.update, single.update, rounds),
    )
