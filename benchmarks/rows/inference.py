"""`nlp.pipe` against the bare encoder, and against spaCy's own tagger over it."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from spacy_ita.encoder import View
from spacy_ita.encoder.batches.call_size import CPU_CALL_COST, CPU_SUBWORDS, CallSize
from spacy_ita.encoder.batches.plan import batch_by_pieces
from spacy_ita.encoder.model import encoder_shim, piece_reader

from ..parts.ratios import Row, Work, speed_ratios
from ..parts.tagger import Tagger, spacy_ner

TWEETS = 1000
ON_CPU = CallSize(CPU_SUBWORDS, CPU_CALL_COST)


def rows(tagger: Tagger, rounds: int) -> Iterator[Row]:
    docs = [example.predicted.copy() for example in tagger.examples[:TWEETS]]

    def annotate() -> None:
        for _ in tagger.nlp.pipe(docs):
            pass

    ner = tagger.ner
    views = [View([token.text for token in doc], ner.context_of(doc)) for doc in docs]
    bare = bare_encoder(tagger, views)
    yield Row(
        "`nlp.pipe`, I+T view, context given",
        "the bare encoder's forward over the same pieces, ideally batched",
        0.90,
        False,
        speed_ratios(tagger.in_view("auto", annotate), bare, rounds),
    )
    other = spacy_ner(tagger.examples)
    texts = [other.make_doc(doc.text) for doc in docs]

    def annotate_by_spacy() -> None:
        for _ in other.pipe(doc.copy() for doc in texts):
            pass

    yield Row(
        "`nlp.pipe`, T view",
        "spacy-transformers' `transformer` and spaCy's `ner`, same encoder and texts",
        1.5,
        False,
        speed_ratios(tagger.in_view("T", annotate), annotate_by_spacy, rounds),
    )


def bare_encoder(tagger: Tagger, views: list[View]) -> Work:
    """Run the forward pass alone: no tokenizer, no head."""
    batches = bare_rows(tagger, views)
    model = encoder_shim(tagger.ner.model.get_ref("encoder"))._model

    @torch.inference_mode()
    def run() -> None:
        model.eval()
        for batch in batches:
            model(**batch)

    return run


def bare_rows(
    tagger: Tagger, views: list[View], size: CallSize = ON_CPU
) -> list[dict[str, Tensor]]:
    """Make the encoder's inputs for the views, in batches of rows of similar length."""
    encoder = tagger.ner.model.get_ref("encoder")
    shim = encoder_shim(encoder)
    padding = shim.tokenizer.pad_token_id
    rows = piece_reader(encoder)(views)
    lengths = rows.lengths.tolist()
    found = torch.from_numpy(rows.ids).split(lengths)
    inputs = []
    for batch in batch_by_pieces(lengths, size):
        members = [found[i] for i in batch]
        ids = pad_sequence(members, batch_first=True, padding_value=padding)
        mask = pad_sequence([torch.ones_like(row) for row in members], batch_first=True)
        inputs.append({"input_ids": ids.to(shim.device), "attention_mask": mask.to(shim.device)})
    return inputs
