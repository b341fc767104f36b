"""A training that resumes where it was killed: spaCy's loop, with its state saved regularly."""

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.schemas import ConfigSchemaTraining
from spacy.training import Example
from spacy.training.loop import (
    DIR_MODEL_BEST,
    DIR_MODEL_LAST,
    clean_output_dir,
    create_before_to_disk_callback,
    create_evaluation_callback,
    create_train_batches,
    train_while_improving,
    update_meta,
)
from spacy.util import fix_random_seed, registry, resolve_dot_names
from thinc.api import Optimizer, set_gpu_allocator
from wasabi import msg

from .free_memory import trim_free_memory
from .state import FOLDER, read_state, save_state

Evaluate = Callable[[], tuple[float, dict[str, float]]]


def train(
    nlp: Language,
    output: Path,
    *,
    use_gpu: int = -1,
    save_every: float = 600.0,
) -> None:
    """Train an initialised pipeline as `spacy train` does, and save the state as it goes.

    If the output folder holds the state of an unfinished training by the same config, go on from
    it. On a CPU, the weights are those of an uninterrupted training. The state is removed
    at the end.

    Args:
        nlp: The pipeline, with its whole config.
        output: Folder to save to: `model-last`, `model-best` and, until the end, the state.
        use_gpu: Number of the GPU; -1 for the CPU.
        save_every: Least seconds between two saved states.

    Raises:
        ValueError: If the folder holds the state of a training by another config.
    """
    config = nlp.config.interpolate()
    if config["training"]["seed"] is not None:
        fix_random_seed(config["training"]["seed"])
    if use_gpu >= 0 and (allocator := config["training"]["gpu_allocator"]):
        set_gpu_allocator(allocator)
    settings = registry.resolve(config["training"], schema=ConfigSchemaTraining)
    names = [settings["train_corpus"], settings["dev_corpus"]]
    train_corpus, dev_corpus = resolve_dot_names(config, names)
    optimizer, frozen = settings["optimizer"], settings["frozen_components"]
    before_to_disk = create_before_to_disk_callback(settings["before_to_disk"])

    earlier = read_state(output, nlp)
    if earlier is None:
        clean_output_dir(output)
    else:
        msg.info(f"{earlier.folder}: going on after step {earlier.step}")
    done = earlier.step if earlier else -1
    stream = create_train_batches(nlp, train_corpus, settings["batcher"], settings["max_epochs"])
    evaluate = create_evaluation_callback(nlp, dev_corpus, settings["score_weights"])
    steps = train_while_improving(
        nlp,
        optimizer,
        _without_learnt(stream, done),
        _known_or_measured(earlier.scores if earlier else [], evaluate),
        dropout=settings["dropout"],
        accumulate_gradient=settings["accumulate_gradient"],
        patience=settings["patience"],
        max_steps=settings["max_steps"],
        eval_frequency=settings["eval_frequency"],
        before_update=settings["before_update"],
        exclude=frozen,
        annotating_components=settings["annotating_components"],
    )
    with nlp.select_pipes(disable=frozen):
        log_step, finalize_logger = settings["logger"](nlp, sys.stdout, sys.stderr)
    saved = time.monotonic()
    try:
        for _, info, is_best in steps:
            if info["step"] == done and earlier is not None:
                earlier.restore(nlp, optimizer, info["losses"])
            if info["step"] <= done:
                continue
            if is_best is not None:
                with nlp.select_pipes(disable=frozen):
                    update_meta(settings, nlp, info)
                _save_model(nlp, before_to_disk, output, optimizer, is_best)
                info["output_path"] = str(output / DIR_MODEL_LAST)
            log_step(info if is_best is not None else None)
            trim_free_memory()
            if time.monotonic() - saved >= save_every:
                save_state(output, nlp, optimizer, info)
                saved = time.monotonic()
    finally:
        finalize_logger()
    _save_model(nlp, before_to_disk, output, optimizer, is_best=False)
    shutil.rmtree(output / FOLDER, ignore_errors=True)


def _save_model(
    nlp: Language,
    before_to_disk: Callable[[Language], Language],
    output: Path,
    optimizer: Optimizer,
    is_best: bool,
) -> None:
    """Save `model-last`, with averaged weights if there are any, and copy it if it is the best."""
    last, best = output / DIR_MODEL_LAST, output / DIR_MODEL_BEST
    with nlp.use_params(optimizer.averages or {}):
        before_to_disk(nlp).to_disk(last)
    if is_best:
        shutil.rmtree(best, ignore_errors=True)
        shutil.copytree(last, best)


def _without_learnt(
    stream: Iterator[tuple[int, list[Example]]], done: int
) -> Iterator[tuple[int, list[Example]]]:
    """Yield epochs and batches, emptied up to the step that is done.

    The stream draws random numbers of its own, so that its order depends on nothing that happens
    between two batches.
    """
    own = random.getstate()
    step = 0
    while True:
        others = random.getstate()
        random.setstate(own)
        try:
            epoch, batch = next(stream)
        except StopIteration:
            return
        finally:
            own = random.getstate()
            random.setstate(others)
        yield epoch, batch if step > done else []
        step += 1


def _known_or_measured(scores: Sequence[float], evaluate: Evaluate) -> Evaluate:
    """Return an evaluation that gives the scores of earlier steps before it measures new ones."""
    known = iter(scores)

    def known_or_measured() -> tuple[float, dict[str, Any]]:
        for score in known:
            return score, {}
        return evaluate()

    return known_or_measured
