"""A trained vision model as the project ships it: half precision, checksums and a model card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

import torch
import typer
from huggingface_hub import EvalResult, ModelCardData

from .checksums import write_checksums

WIDTH = 100


@dataclass(frozen=True)
class Training:
    """The settings of a model's training script, with which it can be trained again."""

    pictures: int
    steps: int
    batch_size: int
    held_out: int
    threads: int
    seed: int

    def command(self, script: str, folder: Path) -> str:
        """Return the command line that trains the model into the folder."""
        return (
            f"python -m scripts.demo.{script} {folder.as_posix()} --pictures {self.pictures} "
            f"--steps {self.steps} --threads {self.threads} --seed {self.seed}"
        )


@dataclass(frozen=True)
class About:
    """The text of a model card before its figures.

    task: the Hugging Face hub's name for what the model does.
    model: the kind of model. reads: what it was trained to see in a drawing.
    """

    title: str
    task: str
    script: str
    model: str
    reads: str


@dataclass(frozen=True)
class Quality:
    """The quality of a model on drawings that it has not seen.

    figures: by name. details: more of it, as lines of Markdown.
    """

    figures: Mapping[str, float]
    details: str


def ship(
    folder: Path,
    about: About,
    training: Training,
    train: Callable[[Training], Sequence[Any]],
    measure: Callable[[Path, int, int], Quality],
) -> None:
    """Train a model, write its folder, measure what was written, and print the figures.

    train: gives the model, and what is saved with it: a processor, a tokenizer.
    measure: from the folder, a number of scenes and a seed.
    """
    model, *others = train(training)
    save(folder, model, *others)
    quality = measure(folder, training.held_out, training.seed)
    write_card(folder, about, training, quality)
    for name, value in quality.figures.items():
        typer.echo(f"{name} {value:.3f}")


def save(folder: Path, model: Any, *others: Any) -> None:
    """Write the model in half precision and what belongs to it, and list their checksums."""
    model.to(torch.float16).save_pretrained(folder)
    for part in others:
        part.save_pretrained(folder)
    write_checksums(folder)


def write_card(folder: Path, about: About, training: Training, quality: Quality) -> None:
    """Write the model card, README.md, whose metadata hold the figures."""
    drawings = f"{training.held_out} drawings held out"
    data = ModelCardData(
        license="mit",
        library_name="transformers",
        pipeline_tag=about.task,
        model_name=about.title,
        eval_results=[
            EvalResult(about.task, "drawings", drawings, name, round(value, 3))
            for name, value in quality.figures.items()
        ],
    )
    rows = "\n".join(f"| {name} | {value:.3f} |" for name, value in quality.figures.items())
    what = fill(
        f"{about.model}, trained from random weights on drawings that the demo makes. "
        f"{about.reads} It knows these drawings alone: **it is of no use on photos.** "
        f"`{about.script}.py` writes this folder, this card included.",
        WIDTH,
    )
    how = fill(
        f"This draws {training.pictures:,} scenes of its own, none of them in the demo's corpus, "
        f"and trains on {training.steps:,} batches of {training.batch_size} with torch "
        f"{torch.__version__.partition('+')[0]}. It needs no GPU and takes about ten minutes on "
        "one core. `spacy project run vision` trains the detector and the captioner again, and "
        "replaces the weights, the checksums and the figures.",
        WIDTH,
    )
    card = f"""---
{data.to_yaml()}
---

# {about.title}

{what}

## How it was trained

```bash
{training.command(about.script, folder)}
```

{how}

## How good it is

Measured on {drawings}, with the weights of this folder. They are stored in half
precision (float16); the demo computes with them in single precision.

| figure | value |
| --- | --- |
{rows}

{quality.details}

## Are these the files that were shipped?

`make demo` checks the SHA-256 of every file before it uses the model. In this folder,
`sha256sum -c SHA256SUMS` does the same.
"""
    (folder / "README.md").write_text(card, encoding="utf8")
