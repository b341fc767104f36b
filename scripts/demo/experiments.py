"""The demo's table: each approach trained with several seeds, measured on the held-out split."""

import os
import random
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated, Any

import spacy
import srsly
import typer
from scores import KINDS, annotate, scores
from spacy.tokens import DocBin
from wasabi import msg, table

from spacy_ita import attributes
from spacy_ita.training.corpus import PictureCorpus

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Approach:
    """name: the row. weights: of NLL(T), NLL(I+T) and KL. mode: of the context. views: those to
    measure. shuffled: whether each tweet has another tweet's picture."""

    name: str
    weights: tuple[float, float, float] = (0.0, 1.0, 0.0)
    mode: str = "All"
    views: tuple[str, ...] = ("auto",)
    shuffled: bool = False

    def overrides(self) -> dict[str, Any]:
        text, image, kl = self.weights
        return {
            "components.ner.view": "auto" if image else "text",
            "components.ner.loss.text": text,
            "components.ner.loss.image": image,
            "components.ner.loss.kl_weight": kl,
            "components.ner.context.mode": self.mode,
        }


APPROACHES = [
    Approach("T-only", (1.0, 0.0, 0.0), views=("text",)),
    Approach("ITA-LA", mode="LA"),
    Approach("ITA-GA", mode="GA"),
    Approach("ITA-OCA", mode="OCA"),
    Approach("ITA-All"),
    Approach("ITA-All + CVA", (1.0, 0.5, 0.5), views=("text", "auto")),
    Approach("ITA-Random", shuffled=True),
]


@dataclass
class Runner:
    """Trains and measures; what was measured already is not run again."""

    corpus: Path
    models: Path
    results: dict[str, dict[str, float]] = field(default_factory=dict)

    def train(self, approach: Approach, seed: int) -> Path:
        """The folder of the best model of a run."""
        output = self.models / f"{approach.name.replace(' ', '')}-{seed}"
        data = self.corpus / "shuffled" if approach.shuffled else self.corpus
        settings = {
            "nlp.pipeline": '["ner"]',
            "training.frozen_components": "[]",
            "system.seed": seed,
            "paths.train": data / "train.spacy",
            "paths.dev": data / "dev.spacy",
            **approach.overrides(),
        }
        command = [sys.executable, "-m", "spacy", "train", "configs/demo.cfg", "--output", output]
        command += [part for name, value in settings.items() for part in (f"--{name}", value)]
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        done = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **threads},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{approach.name}, seed {seed}: {done.stdout}{done.stderr}")
        return output / "model-best"

    def measure(self, approach: Approach, seed: int) -> None:
        """Train and measure one run, unless it is in the results."""
        names = {view: f"{approach.name} ({label(approach, view)})" for view in approach.views}
        if all(f"{name}, seed {seed}" in self.results for name in names.values()):
            return
        nlp = spacy.load(self.train(approach, seed))
        data = self.corpus / "shuffled" if approach.shuffled else self.corpus
        examples = list(PictureCorpus(data / "test.spacy")(nlp))
        for view, name in names.items():
            found = scores(examples, annotate(nlp, examples, view))
            self.results[f"{name}, seed {seed}"] = found
            msg.info(f"{name}, seed {seed}: " + ", ".join(f"{k} {v:.1f}" for k, v in found.items()))


def label(approach: Approach, view: str) -> str:
    return "T" if view == "text" else "I+T"


def shuffle_pictures(corpus: Path) -> None:
    """Write each split with the pictures and alignments of another tweet of the split."""
    attrs = attributes()
    for split in SPLITS:
        vocab = spacy.blank("en").vocab
        docs = list(DocBin().from_disk(corpus / f"{split}.spacy").get_docs(vocab))
        order = list(range(len(docs)))
        random.Random(0).shuffle(order)
        names = (attrs.image_path, *attrs.alignments)
        pictures = [[doc._.get(name) for name in names] for doc in docs]
        for position, doc in enumerate(order):
            # A cycle through the shuffled tweets: no tweet keeps its own picture.
            for name, value in zip(names, pictures[order[position - 1]], strict=True):
                docs[doc]._.set(name, value)
        (corpus / "shuffled").mkdir(exist_ok=True)
        DocBin(docs=docs, store_user_data=True).to_disk(corpus / "shuffled" / f"{split}.spacy")


def main(
    corpus: Annotated[Path, typer.Argument(help="Folder of the aligned splits")],
    models: Annotated[Path, typer.Argument(help="Folder for the trained models")],
    results: Annotated[Path, typer.Argument(help="JSON file of the results, kept as runs end")],
    seeds: Annotated[int, typer.Option(help="Seeds an approach")] = 3,
    jobs: Annotated[int, typer.Option(help="Runs at once, one thread each")] = 2,
    only: Annotated[str, typer.Option(help="Approaches to run, joined by commas")] = "",
) -> None:
    """Train and measure every approach; a run that was cut off goes on where it stopped."""
    shuffle_pictures(corpus)
    runner = Runner(corpus, models, srsly.read_json(results) if results.exists() else {})
    results.parent.mkdir(parents=True, exist_ok=True)

    def run(job: tuple[int, Approach]) -> None:
        runner.measure(job[1], job[0])
        srsly.write_json(results, dict(runner.results))

    wanted = only.split(",") if only else [approach.name for approach in APPROACHES]
    chosen = [approach for approach in APPROACHES if approach.name in wanted]
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, [(seed, approach) for seed in range(seeds) for approach in chosen]))
    print(summary(runner.results))


def summary(results: dict[str, dict[str, float]]) -> str:
    """Mean and standard deviation over the seeds, a row an approach and view that has runs."""
    runs = defaultdict(list)
    for name, found in results.items():
        runs[name.rpartition(", seed")[0]].append(found)
    names = [f"{a.name} ({label(a, view)})" for a in APPROACHES for view in a.views]
    columns = ("all", *KINDS)
    rows = []
    for name in (name for name in names if name in runs):
        values = [[run[column] for run in runs[name]] for column in columns]
        spread = [stdev(v) if len(v) > 1 else 0.0 for v in values]
        cells = [f"{mean(v):.1f} ± {s:.1f}" for v, s in zip(values, spread, strict=True)]
        rows.append([name, str(len(runs[name])), *cells])
    return table(rows, header=["F1", "seeds", *columns], divider=True)


if __name__ == "__main__":
    typer.run(main)
