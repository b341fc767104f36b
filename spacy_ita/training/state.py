"""The state of a training on disk, from which it resumes: weights, optimizer, random numbers."""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from spacy.language import Language
from thinc.api import Optimizer, torch2xp

from ..ner.component import CrossViewNER
from .checkpoints import replace_folder, restore_folder
from .optimizer import Moments, shared

FILE = "state.pt"
FOLDER = "training-state"
COUNTS, ARRAYS = ("nr_update", "last_seen"), ("mom1", "mom2", "averages")

Key = tuple[int, str]
"""An optimizer's key of a parameter: the id of its layer or shim, which differs between processes,
and its name."""


@dataclass(frozen=True)
class SavedState:
    """The state of a training after a step.

    Args:
        folder: Folder that holds it.
        values: What the file of the folder holds.
    """

    folder: Path
    values: dict[str, Any]

    @property
    def step(self) -> int:
        """Number of the step, counted from 0."""
        step: int = self.values["step"]
        return step

    @property
    def scores(self) -> list[float]:
        """Main scores of all evaluations so far."""
        return [score for score, _ in self.values["evaluations"]]

    def restore(self, nlp: Language, optimizer: Optimizer, losses: dict[str, float]) -> None:
        """Restore the pipes, the optimizer, the losses and the generators of random numbers."""
        for name, pipe in trainable_pipes(nlp):
            pipe.from_disk(self.folder / name, exclude=["vocab"])
        new_keys = dict(zip(self.values["keys"], parameter_keys(nlp), strict=True))
        tables = self.values["optimizer"]
        for name in (*COUNTS, *ARRAYS, "moments"):
            if name in tables:
                table = getattr(optimizer, name)
                table.clear()
                table.update(_renamed(tables[name], new_keys, DECODERS[name]))
        for name, (steps, means) in self.values["teachers"].items():
            teacher = cast("CrossViewNER", nlp.get_pipe(name)).teacher
            teacher.steps, teacher.means = steps, dict(_renamed(means, new_keys, torch.clone))
        nlp.meta["performance"] = self.values["performance"]
        losses.update(self.values["losses"])
        _set_random(self.values["random"])


def save_state(output: Path, nlp: Language, optimizer: Optimizer, info: Mapping[str, Any]) -> None:
    """Save the state of a training after a step, as a whole.

    Args:
        output: Output folder of the training.
        nlp: The pipeline.
        optimizer: Its optimizer.
        info: What spaCy's loop says about the step.
    """
    tables = {name: getattr(optimizer, name, None) for name in (*COUNTS, *ARRAYS, "moments")}
    pipes = list(trainable_pipes(nlp))
    # optimizers and teachers still know the head that a new label has replaced
    keys = parameter_keys(nlp)
    values = {
        "config": config_hash(nlp),
        "step": info["step"],
        "evaluations": info["checkpoints"],
        # spaCy's own pipes give NumPy's floats, which no safe reader takes
        "losses": {name: float(loss) for name, loss in info["losses"].items()},
        "performance": nlp.meta.get("performance", {}),
        "keys": keys,
        "optimizer": {
            name: {key: ENCODERS[name](value) for key, value in _selected(table, keys).items()}
            for name, table in tables.items()
            if table is not None
        },
        "teachers": {
            name: (pipe.teacher.steps, _selected(pipe.teacher.means, keys))
            for name, pipe in pipes
            if isinstance(pipe, CrossViewNER)
        },
        "random": _get_random(),
    }

    def write(folder: Path) -> None:
        folder.mkdir()
        for name, pipe in pipes:
            pipe.to_disk(folder / name, exclude=["vocab"])
        torch.save(values, folder / FILE)

    replace_folder(output / FOLDER, write)


def read_state(output: Path, nlp: Language) -> SavedState | None:
    """Read the state that an unfinished training left; None if there is none.

    Raises:
        ValueError: If it is of a training by another config.
    """
    folder = output / FOLDER
    restore_folder(folder)
    if not folder.exists():
        return None
    values = torch.load(folder / FILE, map_location="cpu", mmap=True, weights_only=True)
    if values["config"] != config_hash(nlp):
        raise ValueError(
            f"{folder} holds the state of a training by another config: give another output "
            f"folder, or delete it to train from the start"
        )
    return SavedState(folder, values)


def config_hash(nlp: Language) -> str:
    """Hash a pipeline's config."""
    text = json.dumps(nlp.config.interpolate(), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def trainable_pipes(nlp: Language) -> Iterator[tuple[str, Any]]:
    """Yield the pipes that the training changes, with their names."""
    frozen = nlp.config["training"]["frozen_components"]
    for name, pipe in nlp.pipeline:
        if name not in frozen and getattr(pipe, "is_trainable", False):
            yield name, pipe


def parameter_keys(nlp: Language) -> list[Key]:
    """List the keys of all parameters, in an order that is the same in each process."""
    keys: list[Key] = []
    for _, pipe in trainable_pipes(nlp):
        for node in pipe.model.walk():
            keys += [(node.id, name) for name in node.param_names]
            for shim in node.shims:
                if isinstance(shim._model, torch.nn.Module):
                    keys += [(shim.id, name) for name, _ in shim._model.named_parameters()]
    return keys


def _selected(table: Mapping[Key, Any], keys: Iterable[Key]) -> dict[Key, Any]:
    return {key: table[key] for key in keys if key in table}


def _renamed(
    table: Mapping[Key, Any], new_keys: Mapping[Key, Key], decode: Callable[[Any], Any]
) -> Iterator[tuple[Key, Any]]:
    for key, value in table.items():
        yield new_keys[key], decode(value)


def _array(values: torch.Tensor) -> Any:
    return torch2xp(values.clone())


ENCODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(COUNTS, int),
    **dict.fromkeys(ARRAYS, shared),
    "moments": tuple,
}
DECODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(COUNTS, int),
    **dict.fromkeys(ARRAYS, _array),
    "moments": lambda tensors: Moments(*map(torch.clone, tensors)),
}


def _get_random() -> dict[str, Any]:
    kind, keys, *rest = cast("tuple[Any, ...]", np.random.get_state())
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return {
        "python": random.getstate(),
        "numpy": (kind, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
        "cuda": cuda,
    }


def _set_random(states: Mapping[str, Any]) -> None:
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        torch.cuda.set_rng_state_all(states["cuda"])
