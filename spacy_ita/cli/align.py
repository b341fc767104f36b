"""`spacy ita align`: objects, captions, OCR text and knowledge for the pictures of a corpus."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import spacy
import typer
from spacy.cli._util import import_code, setup_gpu
from spacy.util import minibatch

from ..corpora import open_writer
from ..corpora.kept import kept_columns
from ..corpora.read_options import ReadOptions
from ..distributed import Job, Worker
from ..pipeline.aligner import Aligner
from ..pipeline.loading import fetch_pictures, load_aligners, use_cache
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
)
from .shared.settings import SettingsOption, parse_settings
from .shared.sources import (
    AllowHttpOption,
    ImagesOption,
    PictureColumnOption,
    WithPicturesOption,
    picture_reader,
)

if TYPE_CHECKING:
    from ..pipeline.unsure import UnsureAligner


def align(
    pipeline: Annotated[
        str, typer.Argument(help="A config (.cfg) or a pipeline with image_* components")
    ],
    source: Annotated[Path, typer.Argument(help=HELP_SOURCE, exists=True)],
    target: Annotated[Path, typer.Argument(help="The .spacy, .jsonl or .parquet file to write")],
    *,
    cache: Annotated[
        Path | None,
        typer.Option(help="SQLite file of alignments; pictures in it are not read again"),
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(help="File of alignments, for a config that reads [paths] recorded"),
    ] = None,
    only_unsure: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="THRESHOLD",
            help="Read only pictures of posts in whose text --model finds no entity, or one with a "
            "confidence below this",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="PIPELINE", help="Pipeline with a crf_ner, for --only-unsure"),
    ] = None,
    n_process: Annotated[int, typer.Option(min=1, help="Processes, on this machine or on Ray")] = 1,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents in a batch")] = 32,
    gpu_id: GpuIdOption = -1,
    engine: EngineOption = Engines.LOCAL,
    gpus_per_process: GpusPerProcessOption = 0.0,
    retries: RetriesOption = 3,
    picture_column: PictureColumnOption = "",
    images: ImagesOption = None,
    allow_http: AllowHttpOption = False,
    with_pictures: WithPicturesOption = False,
    settings: SettingsOption = None,
    code: CodeOption = None,
) -> None:
    """Turn the pictures of a corpus into objects, captions, OCR text or knowledge.

    Runs the image_* components of a config or a pipeline. A post or a picture that can't be read
    stays in the target, without alignments and with the reason. The command counts such posts and
    continues. With --cache, an interrupted run continues where it stopped. With --only-unsure, the
    other posts keep the alignments that they have. Exits with 1 if a file, the config or an engine
    is at fault, and with 2 for a wrong command line.
    """
    if (only_unsure is None) != (model is None):
        raise typer.BadParameter("--only-unsure THRESHOLD and --model PIPELINE go together")
    with one_line_errors():
        suffix = target.suffix.lower()
        if suffix not in (".spacy", ".jsonl", ".parquet"):
            raise ValueError(f"{target}: give a target that ends in .spacy, .jsonl or .parquet")
        refuse_inputs(target, cache=cache, images=images)
        if suffix != ".spacy":
            refuse_inputs(target, source=source)
        read = picture_reader(target, with_pictures, allow_http)
        reading = ReadOptions(picture_column, images)
        setup_gpu(gpu_id)
        overrides = parse_settings(settings)
        if recorded is not None:
            overrides["paths.recorded"] = str(recorded)
        # each actor of Ray is one of the processes
        own = n_process if engine is Engines.LOCAL else 1
        aligner = partial(make_aligner, pipeline, overrides, cache, own, code, allow_http)
        load: Callable[[], Worker] = aligner
        if only_unsure is not None and model is not None:
            load = partial(make_unsure_aligner, aligner, model, only_unsure)
        made = make_engine(engine, n_process, gpus_per_process, retries)
        run = CorpusRun(Job(load, source, batch_size, reading), made)
        kept = kept_columns(source, reading, run.attrs, read) if suffix == ".parquet" else None
        writer = open_writer(target, attrs=run.attrs, restart=True, aligned=True, kept=kept)
        with writer as write:
            for batch in minibatch(run.docs(), batch_size):
                write(batch)
    counts = ", ".join(f"{name} {run.progress.counts[name]}" for name in run.attrs.alignments)
    if only_unsure is not None:
        sure = run.progress.counts["sure"]
        unsure = run.progress.counts["pictures"] - sure
        counts += f"; {unsure} unsure and aligned, {sure} sure and skipped"
    run.report(target, f"; {counts}")


def make_aligner(
    pipeline: str,
    overrides: dict[str, Any],
    cache: Path | None,
    n_process: int,
    code: Path | None,
    allow_http: bool = False,
) -> Aligner:
    """Load the image_* components of a config or a pipeline, with a cache.

    They fetch pictures if allowed.
    """
    # here, because every process of Ray needs it
    import_code(code)
    nlp = load_aligners(pipeline, overrides)
    if cache is not None:
        use_cache(nlp, cache)
    if allow_http:
        fetch_pictures(nlp)
    return Aligner(nlp, n_process)


def make_unsure_aligner(
    make: Callable[[], Aligner], model: str, threshold: float
) -> "UnsureAligner":
    """Load an aligner, and the pipeline that says which posts are unsure."""
    # here, because it imports torch and transformers
    from ..pipeline.unsure import UnsureAligner

    aligner = make()
    return UnsureAligner.of(aligner, spacy.load(model), threshold)
