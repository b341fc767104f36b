"""Run a workflow of project.yml as `spacy project run` does, but import the libraries once.

    python -m scripts.demo.workflow all

A step's own Python takes five seconds to import spaCy, torch and transformers. Here each step is a
fork of one process that has imported them.
"""

import runpy
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
import weasel.cli.run
from weasel.util import run_command

BACKENDS = ("spacy_ita.HFDetector.v2", "spacy_ita.HFCaptioner.v2", "spacy_ita.Tesseract.v1")
"""The alignment backends of configs/demo.cfg."""


def import_libraries() -> None:
    """Import what the steps need, and start no thread: a fork would wait for it forever."""
    import spacy.cli
    import transformers.models.bert.modeling_bert
    import transformers.models.rt_detr.modeling_rt_detr
    import transformers.models.vit.modeling_vit  # noqa: F401

    # loads the entry points of all factories
    spacy.blank("en")
    spacy.registry.cli.get_all()
    for pipe in spacy.util.load_config("configs/demo.cfg")["components"].values():
        if "backend" in pipe:
            spacy.registry.misc.get(pipe["backend"]["@misc"])
    # imports each model's configuration, as a pipeline with an encoder does when it is loaded
    transformers.MODEL_MAPPING.keys()


def run_python(arguments: Sequence[str], threads: int) -> None:
    """Do what `python ARGUMENTS` does, in this process."""
    import torch

    # the package keeps forks to one thread; this one's parent has never had more
    torch.set_num_threads(threads)
    if arguments[0] == "-m":
        sys.argv = list(arguments[1:])
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(arguments)
        sys.path[0] = str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")


def run(command: list[str], **options: Any) -> None:
    """Run a command of a step, in a fork if it is Python, and exit with its status if it fails."""
    python, *arguments = command
    # pip changes the environment, which a fork would see as it was
    if python != sys.executable or arguments[:2] == ["-m", "pip"]:
        run_command(command, **options)
        return
    import_libraries()
    import torch

    step = get_context("fork").Process(target=run_python, args=(arguments, torch.get_num_threads()))
    step.start()
    step.join()
    if step.exitcode:
        sys.exit(step.exitcode)


def main(name: Annotated[str, typer.Argument(help="A workflow or command of project.yml")]) -> None:
    """Run NAME, with what it skips, prints and writes to project.lock as usual."""
    weasel.cli.run.run_command = run
    weasel.cli.run.project_run(Path.cwd(), name)


if __name__ == "__main__":
    typer.run(main)
