"""The text alone by a bare loop over transformers and pytorch-crf: what T-only is held against."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from spacy.tokens import Doc, Span
from spacy.training import offsets_to_biluo_tags
from spacy.util import fix_random_seed
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torchcrf import CRF
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup
from wasabi import msg

from spacy_ita.crf import TagScheme
from spacy_ita.report import results
from spacy_ita.report.predictions import append_predictions

from .rows.approaches import APPROACHES
from .rows.datasets import Dataset, datasets
from .run import choose
from .runs.measure import offsets, scores
from .runs.plan import ENCODERS, Run
from .runs.runner import VERSIONS

BATCH, EPOCHS, WARM_UP = 16, 5, 0.05
ENCODER_RATE, HEAD_RATE = 1e-4, 5e-3
LONGEST = 128
IMPOSSIBLE = -1e4


class PlainTagger(nn.Module):
    """An encoder, a linear layer over the first piece of each word, and a CRF over BIOES tags."""

    def __init__(self, encoder: str, scheme: TagScheme) -> None:
        super().__init__()
        self.scheme = scheme
        self.tokenizer = AutoTokenizer.from_pretrained(encoder)
        self.encoder = AutoModel.from_pretrained(encoder)
        self.dropout = nn.Dropout(0.1)
        self.linear = nn.Linear(self.encoder.config.hidden_size, len(scheme.tags))
        self.crf = CRF(len(scheme.tags), batch_first=True)

    def forward(self, docs: Sequence[Doc]) -> tuple[Tensor, Tensor]:
        """(B, T, K) emissions and the (B, T) mask of the words."""
        pieces = self.tokenizer(
            [[token.text for token in doc] for doc in docs],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_tensors="pt",
        )
        hidden = self.encoder(**pieces).last_hidden_state
        rows = []
        for row, doc in enumerate(docs):
            ids = pieces.word_ids(row)
            # a word without a piece, such as one cut off, is read from [CLS]
            rows.append(hidden[row, [ids.index(n) if n in ids else 0 for n in range(len(doc))]])
        mask = pad_sequence([torch.ones(len(doc), dtype=torch.bool) for doc in docs], True)
        return self.linear(self.dropout(pad_sequence(rows, True))), mask

    def loss(self, docs: Sequence[Doc]) -> Tensor:
        """The mean negative log-likelihood of the documents' own entities."""
        emissions, mask = self(docs)
        gold = [torch.tensor(self.scheme.encode(biluo_of(doc))) for doc in docs]
        return -self.crf(emissions, pad_sequence(gold, True), mask=mask, reduction="mean")

    def forbid_impossible(self) -> None:
        """Let decoding say only sequences of the scheme."""
        scheme = self.scheme
        with torch.no_grad():
            self.crf.transitions[~scheme.allowed_transitions()] = IMPOSSIBLE
            self.crf.start_transitions[~scheme.allowed_starts()] = IMPOSSIBLE
            self.crf.end_transitions[~scheme.allowed_ends()] = IMPOSSIBLE

    @torch.inference_mode()
    def predict(self, docs: Sequence[Doc]) -> Iterator[list[Span]]:
        """The entities of each document."""
        for doc, path in zip(docs, self.crf.decode(*self(docs)), strict=True):
            yield [Span(doc, *entity) for entity in self.scheme.decode(path)]


def biluo_of(doc: Doc) -> Iterable[str]:
    return offsets_to_biluo_tags(doc, list(offsets(doc.ents)))


def train(model: PlainTagger, docs: list[Doc]) -> float:
    """Train on the documents; seconds an epoch."""
    head = [*model.linear.parameters(), *model.crf.parameters()]
    groups = [
        {"params": list(model.encoder.parameters()), "lr": ENCODER_RATE},
        {"params": head, "lr": HEAD_RATE},
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = EPOCHS * -(-len(docs) // BATCH)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    model.train()
    start = time.perf_counter()
    for _ in range(EPOCHS):
        random.shuffle(docs)
        for first in range(0, len(docs), BATCH):
            optimizer.zero_grad()
            model.loss(docs[first : first + BATCH]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return (time.perf_counter() - start) / EPOCHS


def main(
    tweets: Annotated[Path, typer.Argument(help="Folder that holds twitter2015/ and twitter2017/")],
    data: Annotated[str, typer.Option(help="Data sets, joined by commas")] = "twitter2017",
    seed: Annotated[int, typer.Option(help="The seed")] = 0,
    output: Annotated[Path, typer.Option(help="Folder of the results")] = Path("experiments"),
) -> None:
    """Train, measure, and write a line of results for each data set."""
    for dataset in choose("data set", data, datasets(tweets)):
        run(dataset, seed, output)


def run(dataset: Dataset, seed: int, output: Path) -> None:
    """Train on a data set, measure, and write a line of results."""
    dataset.prepare("aligned")
    docs, gold = dataset.docs("aligned", "train"), dataset.docs("aligned", "test")
    fix_random_seed(seed)
    labels = tuple(sorted({ent.label_ for doc in docs for ent in doc.ents}))
    model = PlainTagger(ENCODERS["minilm"].weights, TagScheme(labels))
    seconds = train(model, docs)
    model.eval()
    model.forbid_impossible()
    found = [
        offsets(entities)
        for first in range(0, len(gold), BATCH)
        for entities in model.predict(gold[first : first + BATCH])
    ]
    measured = scores(gold, found)
    name = f"{dataset.name}-plain-loop-{seed}"
    documents = [
        {"gold": sorted(offsets(doc.ents)), "T": sorted(ents)}
        for doc, ents in zip(gold, found, strict=True)
    ]
    path = output / "results.jsonl"
    append_predictions(path, name, documents, dataset.redistributable)
    line = {
        "approach": "plain loop",
        "data": dataset.name,
        "encoder": "minilm",
        "seed": seed,
        "split": dataset.split,
        "view": "T",
        **measured,
        "settings": {},
        "recipe": Run(APPROACHES[0], dataset, ENCODERS["minilm"], seed).recipe,
        "config_hash": "",
        "predictions": name,
        "versions": VERSIONS,
        "epochs": EPOCHS,
        "seconds": round(EPOCHS * seconds, 1),
    }
    results.append(path, [line])
    msg.good(f"F1 {100 * measured['f']:.2f}, {seconds:.0f} s an epoch")


if __name__ == "__main__":
    typer.run(main)
