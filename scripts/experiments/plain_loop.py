"""Train a plain loop over transformers and pytorch-crf on the text alone: a baseline for T-only."""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from spacy.tokens import Doc, Span
from spacy.training import offsets_to_biluo_tags
from spacy.util import fix_random_seed
from torch import nn
from transformers import get_linear_schedule_with_warmup
from wasabi import msg

from spacy_ita.crf import TagScheme
from spacy_ita.report import results
from spacy_ita.report.predictions import append_predictions

from .rows.approaches import APPROACHES
from .rows.datasets import Dataset, datasets
from .run import choose
from .runs.measure import offsets, scores
from .runs.plain_tagger import PlainTagger
from .runs.plan import ENCODERS, Run
from .runs.runner import VERSIONS

BATCH, EPOCHS, WARM_UP = 16, 5, 0.05
ENCODER_RATE, HEAD_RATE = 1e-4, 5e-3
DROPOUT = 0.1
IMPOSSIBLE = -1e4


def words_of(docs: Sequence[Doc]) -> list[list[str]]:
    """List the words of each document."""
    return [[token.text for token in doc] for doc in docs]


def tags_of(doc: Doc, scheme: TagScheme) -> list[int]:
    """Encode a document's entities as tags."""
    return scheme.encode(offsets_to_biluo_tags(doc, list(offsets(doc.ents))))


def forbid_impossible(model: PlainTagger) -> None:
    """Let decoding find sequences of the scheme only."""
    scheme = model.scheme
    with torch.no_grad():
        model.crf.transitions[~scheme.allowed_transitions()] = IMPOSSIBLE
        model.crf.start_transitions[~scheme.allowed_starts()] = IMPOSSIBLE
        model.crf.end_transitions[~scheme.allowed_ends()] = IMPOSSIBLE


@torch.inference_mode()
def predict(model: PlainTagger, docs: Sequence[Doc]) -> Iterator[list[Span]]:
    """Find the entities of each document."""
    emissions, mask = model(words_of(docs))
    for doc, path in zip(docs, model.crf.decode(emissions, mask), strict=True):
        yield [Span(doc, *entity) for entity in model.scheme.decode(path)]


def train(model: PlainTagger, docs: list[Doc]) -> float:
    """Train on the documents; returns the seconds of an epoch."""
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
            batch = docs[first : first + BATCH]
            gold = [tags_of(doc, model.scheme) for doc in batch]
            model.loss(words_of(batch), gold).backward()
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
    model = PlainTagger(ENCODERS["minilm"].weights, TagScheme(labels), dropout=DROPOUT)
    seconds = train(model, docs)
    model.eval()
    forbid_impossible(model)
    found = [
        offsets(entities)
        for first in range(0, len(gold), BATCH)
        for entities in predict(model, gold[first : first + BATCH])
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
