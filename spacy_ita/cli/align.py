"""`spacy ita align`: objects, captions, OCR text and knowledge for the pictures of a corpus."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from spacy.cli._util import import_code, setup_gpu

from ..distributed import Job
from ..pipeline.aligner import Aligner
from ..pipeline.loading import load_aligners, use_cache
from .shared.corpus_run import CorpusRun
from .shared.engine import (
    CodeOption,
    EngineOption,
    Engines,
    GpuIdOption,
    GpusPerProcessOption,
    RetriesOption,
    make_engine,
)
from .shared.files import (
    HELP_SOURCE,
    one_line_errors,
    refuse_inputs,
    refuse_other_formats,
    write_docs,
)


def align(
    pipeline: Annotated[
        str, typer.Argument(help="A config (.cfg) or a pipeline with image_* components")
    ],
    source: Annotated[Path, typer.Argument(help=HELP_SOURCE, exists=True)],
    target: Annotated[Path, typer.Argument(help="The .spacy file to write")],
    *,
    cache: Annotated[
        Path | None,
        typer.Option(help="SQLite file of alignments; pictures in it are not read again"),
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(help="File of alignments, for a config that reads [paths] recorded"),
    ] = None,
    n_process: Annotated[int, typer.Option(min=1, help="Processes, on this machine or on Ray")] = 1,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents in a batch")] = 32,
    gpu_id: GpuIdOption = -1,
    engine: EngineOption = Engines.LOCAL,
    gpus_per_process: GpusPerProcessOption = 0.0,
    retries: RetriesOption = 3,
    code: CodeOption = None,
) -> None:
    """Run the image_* components of a config or a pipeline over the pictures of a corpus.

    A post or a picture that can't be read stays in the target, without alignments and with the
    reason. The command counts such posts and continues. With --cache, an interrupted run continues
    where it stopped. Exits with 1 if a file, the config or an engine is at fault, and with 2 for a
    wrong command line.
    """
    with one_line_errors():
        refuse_other_formats(target)
        refuse_inputs(target, cache=cache)
        setup_gpu(gpu_id)
        overrides = {"paths.recorded": str(recorded)} if recorded else {}
        # each actor of Ray is one of the processes
        own = n_process if engine is Engines.LOCAL else 1
        load = partial(make_aligner, pipeline, overrides, cache, own, code)
        made = make_engine(engine, n_process, gpus_per_process, retries)
        run = CorpusRun(Job(load, source, batch_size), made)
        write_docs(run.docs(), target)
    counts = ", ".join(f"{name} {run.progress.counts[name]}" for name in run.attrs.alignments)
    run.report(target, f"; {counts}")


def make_aligner(
    pipeline: str,
    overrides: dict[str, Any],
    cache: Path | None,
    n_process: int,
    code: Path | None,
) -> Aligner:
    """Load the image_* components of a config or a pipeline, with a cache."""
    # here, because every process of Ray needs it
    import_code(code)
    nlp = load_aligners(pipeline, overrides)
    if cache is not None:
        use_cache(nlp, cache)
    return Aligner(nlp, n_process)
