"""A run: an approach on a data set, over an encoder, from a seed; its config and requirements."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi
from huggingface_hub.errors import HFValidationError
from spacy.tokens import DocBin
from spacy.util import Config, registry, set_dot_to_object
from transformers import AutoConfig

from spacy_ita.recipes.published import PUBLISHED

from ..rows.approaches import Approach
from ..rows.datasets import BEST, Dataset
from .identity import hash_of, learnt_by

MADE_HERE = "training"
"""The folder of the models that the project makes."""


@dataclass(frozen=True)
class Encoder:
    """An encoder.

    Args:
        weights: Folder, or name on the hub.
        config: Its config in `PUBLISHED`, if it has one.
        programs: How many compiled programs oneDNN keeps on a CPU, one for each shape. A small
            encoder has room for all of an epoch. Over a larger one, a program takes 0.3 MB, and an
            update so much longer that compiling its programs again matters little.
    """

    name: str
    weights: str
    config: str | None = None
    programs: int = 1024


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("minilm", "training/minilm", programs=16384),
        Encoder("mpnet", "training/mpnet", "twitter_mpnet"),
        Encoder("bert", "bert-base-cased", "ita_bert"),
        Encoder("xlmr", "xlm-roberta-large", "ita_xlmr"),
    )
}


@dataclass(frozen=True)
class Run:
    """An approach on a data set, over an encoder, from a seed.

    Args:
        settings: Overrides of the config, on top of the approach's.
        gpu_id: The GPU, or -1 for the CPU.
    """

    approach: Approach
    data: Dataset
    encoder: Encoder
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    gpu_id: int = -1

    @property
    def overrides(self) -> dict[str, Any]:
        """What the run changes in the config, save the lengths of its schedule."""
        device: dict[str, Any] = {}
        if self.gpu_id < 0 and self.encoder.config:
            device["system.gpu_allocator"] = None
        return {
            "nlp.pipeline": ["ner"],
            "training.frozen_components": [],
            "training.score_weights": {self.approach.score: 1.0},
            "system.seed": self.seed,
            "paths.encoder": self.encoder.weights,
            "paths.vision": self.data.vision,
            "paths.train": str(self.data.path(self.approach.corpus, "train")),
            "paths.dev": str(self.data.path(self.approach.corpus, "dev")),
            **device,
            **self.approach.overrides,
            **self.settings,
        }

    @property
    def recipe_name(self) -> str:
        """The name of the project's config that the run changes."""
        return self.encoder.config or self.data.config

    def config(self) -> Config:
        """Return the config with the overrides. Raises KeyError if it lacks a section."""
        config = PUBLISHED[self.recipe_name].base
        for name, value in self.overrides.items():
            set_dot_to_object(config, name, value)
        names = config["nlp"]["pipeline"]
        config["components"] = {name: config["components"][name] for name in names}
        return config

    def scheduled(self) -> Config:
        """Return the config with a schedule for the steps of its epochs on this data."""
        config = self.config()
        training = config["training"]
        rate = training["optimizer"]["learn_rate"]
        documents = count(self.data.path(self.approach.corpus, "train"))
        total = training["max_epochs"] * math.ceil(documents / training["batcher"]["size"])
        rate["warmup_steps"] = max(round(total * rate["warmup_steps"] / rate["total_steps"]), 1)
        rate["total_steps"] = total
        # once an epoch, or at the end alone where no evaluation chooses the model; steps count from
        # 0: the last evaluation is then within the last few steps
        chosen = any(model == BEST for model, _, _ in self.data.measured)
        times = training["max_epochs"] if chosen else 1
        training["eval_frequency"] = max((total - 1) // times, 1)
        return config

    @property
    def hash(self) -> str:
        """A hash of all that makes the run's model: the same wherever the files lie."""
        about = [self.data.name, self.approach.corpus, self.encoder.name]
        return hash_of([*about, learnt_by(self.scheduled())])

    @property
    def recipe(self) -> str:
        """A hash of the config before approach and settings change it: rivals share it."""
        return hash_of(learnt_by(PUBLISHED[self.recipe_name].base))

    @property
    def name(self) -> str:
        """A name for files and for the reader."""
        words = (self.data.name, self.encoder.name, self.approach.name, self.seed)
        return "-".join(re.sub(r"\W+", "-", str(word)).strip("-") for word in words)

    def missing(self) -> list[str]:
        """List what the run needs and this machine lacks."""
        lacking = [str(path) for path in self.data.needs if not path.exists()]
        lacking += sorted(set(self.approach.parts) - self.data.parts)
        lacking += missing_of(self.config().interpolate())
        engine = self.data.engine(self.approach.corpus)
        lacking += missing_of(engine[1]) if engine else []
        return list(dict.fromkeys(lacking))


@cache
def count(path: Path) -> int:
    """Count the documents of a `.spacy` file."""
    return len(DocBin().from_disk(path))


def missing_of(config: Mapping[str, Any]) -> list[str]:
    """List the registered names that are not installed and the weights that don't exist."""
    lacking = []
    for block in blocks(config):
        for key, name in block.items():
            if key.startswith("@") and not registry.has(key[1:], name):
                lacking.append(name)
            elif key == "name" and any(k.startswith("@") for k in block) and not has_weights(name):
                lacking.append(f"the weights of {name}")
    return lacking


def blocks(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the config and every block in it."""
    yield config
    for value in config.values():
        if isinstance(value, Mapping):
            yield from blocks(value)


@cache
def has_weights(name: str) -> bool:
    """Return whether a model exists: in a folder, in the hub's cache, or on the hub."""
    try:
        AutoConfig.from_pretrained(name, local_files_only=True)
    except OSError:
        # what the project makes is not asked for: someone may have a model of that name
        return Path(name).parts[0] != MADE_HERE and on_hub(name)
    return True


def on_hub(name: str) -> bool:
    """Ask the hub for a model in one request; False if the hub can't be reached."""
    try:
        return HfApi().repo_exists(name)
    # the latter for a path
    except (OSError, HFValidationError):
        return False
