"""An update with CVA against the bare encoder's own work, and against padding both views."""

from collections.abc import Iterator, Sequence
from unittest.mock import patch

from spacy_ita.context import NO_CONTEXT
from spacy_ita.encoder import View
from spacy_ita.encoder.batches.call_size import CallSize
from spacy_ita.encoder.batches.plan import Plan
from spacy_ita.encoder.model import encoder_shim

from ..parts.ratios import Row, speed_ratios
from ..parts.tagger import STEPS, Tagger
from .inference import bare_rows


def one_batch(lengths: Sequence[int], size: CallSize, packing: bool) -> Plan:
    """Plan one batch of all rows, padded together, in place of `plan`."""
    return [[[i] for i in range(len(lengths))]] if lengths else []


def rows(tagger: Tagger, rounds: int) -> Iterator[Row]:
    ner = tagger.ner
    batches = tagger.batches[:STEPS]

    def update_without_stepping() -> None:
        for batch in batches:
            ner.update(batch, drop=0.1)
        encoder_shim(ner.model.get_ref("encoder"))._model.zero_grad()

    read = [
        [
            View([token.text for token in eg.predicted], context)
            for eg in batch
            for context in (NO_CONTEXT, ner.context_of(eg.predicted))
        ]
        for batch in batches
    ]
    inputs = [bare_rows(tagger, views) for views in read]
    model = encoder_shim(ner.model.get_ref("encoder"))._model

    def bare() -> None:
        model.train()
        for batch in inputs:
            outputs = [model(**part).last_hidden_state.sum() for part in batch]
            sum(outputs).backward()
            model.zero_grad(set_to_none=False)

    what = "an update with CVA: tokenizer, both views, losses, gradients"
    against = "the encoder's forward and backward over the same pieces of both views"
    times = speed_ratios(bare, update_without_stepping, rounds)
    yield Row(f"{what}, no step", against, 1.08, True, times)
    times = speed_ratios(bare, tagger.update, rounds)
    yield Row(f"{what}, AdamW's step", against, 1.08, True, times)

    def update_padded() -> None:
        with (
            patch("spacy_ita.encoder.model.plan", one_batch),
            patch("spacy_ita.encoder.fast_paths.last_layer.gives_words", return_value=False),
        ):
            tagger.update()

    yield Row(
        "CVA training, tweets/s",
        "the plain way: both views padded in one batch, every layer whole",
        1.4,
        False,
        speed_ratios(tagger.update, update_padded, rounds),
    )
