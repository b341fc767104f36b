"""`spacy ita annotate`: the entities of a corpus, with its pictures and without."""

from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from spacy.cli._util import setup_gpu
from wasabi import msg

from ..context import Views
from ..corpora import Run, open_writer, renew, resume, writing_alone
from ..corpora.kept import kept_columns
from ..corpora.read_options import ReadOptions
from ..distributed import Job
from ..pipeline.loading import load_annotator
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
from .shared.files import HELP_SOURCE, one_line_errors, refuse_inputs
from .shared.sources import (
    AllowHttpOption,
    ImagesOption,
    PictureColumnOption,
    WithPicturesOption,
    picture_reader,
)


def annotate(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name or folder")],
    source: Annotated[Path, typer.Argument(help=HELP_SOURCE, exists=True)],
    target: Annotated[
        Path, typer.Argument(help="The .jsonl, .spacy, .conll or .parquet file to write")
    ],
    *,
    view: Annotated[
        Views,
        typer.Option(
            help="T reads the text alone. I+T also reads the picture, if there is one. `both` "
            "writes the entities of each"
        ),
    ] = Views.IT,
    cache: Annotated[
        Path | None, typer.Option(help="SQLite file of alignments, as for `align`")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents in a batch")] = 64,
    gpu_id: GpuIdOption = -1,
    engine: EngineOption = Engines.LOCAL,
    n_process: Annotated[
        int, typer.Option(min=1, help="Processes on Ray that each load the pipeline")
    ] = 1,
    gpus_per_process: GpusPerProcessOption = 0.0,
    retries: RetriesOption = 3,
    picture_column: PictureColumnOption = "",
    images: ImagesOption = None,
    allow_http: AllowHttpOption = False,
    with_pictures: WithPicturesOption = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an existing .jsonl instead of continuing it"),
    ] = False,
    code: CodeOption = None,
) -> None:
    """Find the entities of every post of a corpus, with the pictures and without.

    Every post is in the target. If its picture can't be read, it has a `warning`; if the post
    itself can't be read, it has an `error`. To continue an interrupted run, repeat the command: it
    continues after the last line of a .jsonl target, and reads posts again whose picture has
    changed. Other targets are written as a whole, at the end. Exits with 1 if a file, the pipeline
    or an engine is at fault, and with 2 for a wrong command line.
    """
    with one_line_errors():
        refuse_inputs(target, source=source, cache=cache, images=images)
        read = picture_reader(target, with_pictures, allow_http)
        reading = ReadOptions(picture_column, images)
        setup_gpu(gpu_id)
        made = make_engine(engine, n_process, gpus_per_process, retries)
        load = partial(load_annotator, pipeline, view, cache, code, allow_http)
        run = CorpusRun(Job(load, source, batch_size, reading), made)
        grows = target.suffix.lower() == ".jsonl"
        made_by = Run.of(view, run.nlp.path) if grows else None
        with ExitStack() as locks:
            skip = 0
            if made_by:
                locks.enter_context(writing_alone(target))
                if not overwrite:
                    skip = _continue(run, target, made_by, locks)
            both = view is Views.BOTH
            is_parquet = target.suffix.lower() == ".parquet"
            kept = kept_columns(source, reading, run.attrs, read) if is_parquet else None
            with open_writer(target, both, run.attrs, made_by, overwrite, kept=kept) as write:
                for batch in run.batches(skip):
                    write(batch)
    run.report(target)


def _continue(run: CorpusRun, target: Path, made_by: Run, locks: ExitStack) -> int:
    """Renew the rows of a target whose pictures have changed.

    Returns:
        The number of documents that the target holds.
    """
    if run.job.source.is_fifo() and target.stat().st_size:
        raise ValueError(
            f"{run.job.source}: continuing {target} reads the source twice, but it is a pipe: "
            "give a file, or --overwrite"
        )
    posts = chain.from_iterable(run.job.batches(run.job.docs(run.nlp), run.nlp))
    current = resume(target, posts, made_by, run.attrs)
    stale = tuple(place for place, is_current in enumerate(current) if not is_current)
    if stale:
        msg.info(f"{target}: reading {len(stale)} posts again, whose picture changed")
        renew(target, current, run.docs(only=stale), made_by, run.attrs)
        # the target is another file now
        locks.enter_context(writing_alone(target))
    if current:
        msg.info(f"{target}: continuing after the {len(current)} documents in it")
    return len(current)
