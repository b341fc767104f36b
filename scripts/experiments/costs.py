"""What the rivals cost: parameters, and the times of an update and of reading against ITA's."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_model_from_config
from wasabi import msg

from spacy_ita.training.optimizer import create_adamw

from .comparison import ITA, MEASURED, Costs
from .rows.approaches import APPROACHES
from .rows.datasets import datasets
from .runs.measure import read_split
from .runs.plan import ENCODERS, Run

BATCH = 8
"""Documents of an update, as in `configs/demo.cfg`."""

Pipeline = tuple[Language, list[Example]]


def main(
    documents: Annotated[int, typer.Option(help="Documents of the demo in a round")] = 64,
    rounds: Annotated[int, typer.Option(help="Rounds, of which the median counts")] = 5,
    output: Annotated[Path, typer.Option(help="File to write")] = Path("experiments/costs.json"),
) -> None:
    """Measure what each system costs. The pipelines, which are untrained, take turns."""
    torch.set_num_threads(1)
    pipelines = {name: load(name, documents) for name in MEASURED}
    updating, reading = (measure(work, pipelines, rounds) for work in (update, read))
    costs: Costs = {
        name: {
            "parameters": parameters(nlp),
            "update": round(updating[name] / updating[ITA], 3),
            "reading": round(reading[ITA] / reading[name], 3),
        }
        for name, (nlp, _) in pipelines.items()
    }
    output.write_text(json.dumps(costs, indent=1) + "\n", encoding="utf8")
    msg.good(str(output), "python -m scripts.experiments.tables --rivals shows them")


def load(name: str, documents: int) -> Pipeline:
    """Make the pipeline of a row, and read documents of the demo's test split for it."""
    approach = next(approach for approach in APPROACHES if approach.name == name)
    run = Run(approach, datasets(Path("assets"))["demo"], ENCODERS["minilm"], 0)
    run.data.prepare(approach.corpus)
    nlp = load_model_from_config(run.scheduled().interpolate(), auto_fill=True)
    examples = read_split(run, "test", nlp)[:documents]
    nlp.initialize(lambda: examples)
    return nlp, examples


def measure(
    work: Callable[[Pipeline], None], pipelines: dict[str, Pipeline], rounds: int
) -> dict[str, float]:
    """Time a kind of work: the median of the rounds, after one that doesn't count.

    Times are seconds of the processor, which other programs change little.
    """
    times: dict[str, list[float]] = {name: [] for name in pipelines}
    for _ in range(rounds + 1):
        for name, pipeline in pipelines.items():
            start = time.process_time()
            work(pipeline)
            times[name].append(time.process_time() - start)
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def update(pipeline: Pipeline) -> None:
    """Update the pipeline by all documents, in batches, at a rate that changes nothing."""
    nlp, examples = pipeline
    optimizer = create_adamw(1e-9)
    for start in range(0, len(examples), BATCH):
        nlp.update(examples[start : start + BATCH], sgd=optimizer, drop=0.1)


def read(pipeline: Pipeline) -> None:
    """Read all documents with their pictures."""
    nlp, examples = pipeline
    for _ in nlp.pipe([example.predicted.copy() for example in examples]):
        pass


def parameters(nlp: Language) -> int:
    """Count the parameters that learn: those of a vision model are frozen."""
    nodes = nlp.get_pipe("ner").model.walk()  # type: ignore[attr-defined]
    learning = [node for node in nodes if node.name != "vision_model"]
    modules = [shim._model for node in learning for shim in node.shims]
    return sum(weights.numel() for module in modules for weights in module.parameters())


if __name__ == "__main__":
    typer.run(main)
