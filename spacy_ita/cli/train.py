"""`spacy ita train`: `spacy train`, which resumes where it was killed."""

from pathlib import Path
from typing import Annotated

import typer
from spacy.cli._util import import_code, parse_config_overrides, setup_gpu, show_validation_error
from wasabi import msg

from .shared.engine import CodeOption, GpuIdOption
from .shared.files import one_line_errors


def train(
    context: typer.Context,
    config: Annotated[Path, typer.Argument(help="The config", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to save to")],
    *,
    save_every: Annotated[
        float, typer.Option(min=0, help="Least minutes between two saved states")
    ] = 10.0,
    gpu_id: GpuIdOption = -1,
    code: CodeOption = None,
) -> None:
    """Train as `spacy train` does, and continue where a killed training stopped.

    Settings of the config are options too: --training.max_epochs 20.
    """
    # here, because the other commands don't need it
    from spacy.training.initialize import init_nlp
    from spacy.util import load_config

    from ..training.resumable import train as train_pipeline

    import_code(code)
    with one_line_errors():
        overrides = parse_config_overrides(list(context.args))
        output.mkdir(parents=True, exist_ok=True)
        setup_gpu(gpu_id)
        with show_validation_error(config):
            loaded = load_config(config, overrides=overrides, interpolate=False)
        with show_validation_error(config, hint_fill=False):
            nlp = init_nlp(loaded, use_gpu=gpu_id)
        train_pipeline(nlp, output, use_gpu=gpu_id, save_every=60 * save_every)
        msg.good(f"{output}: trained")
