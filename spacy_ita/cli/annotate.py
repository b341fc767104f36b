"""`spacy ita annotate`: the entities of a corpus, read with its pictures and without."""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from spacy.cli._util import setup_gpu
from spacy.util import minibatch
from wasabi import msg

from ..annotator import Annotator, Views
from ..io import open_writer, read_corpus, resume
from .align import use_cache
from .files import HELP_SOURCE, one_line_errors
from .progress import Progress


def annotate(
    pipeline: Annotated[str, typer.Argument(help="The pipeline's name or folder")],
    source: Annotated[Path, typer.Argument(help=HELP_SOURCE, exists=True)],
    target: Annotated[
        Path, typer.Argument(help="The .jsonl, .spacy, .conll or .parquet file to write")
    ],
    view: Annotated[
        Views,
        typer.Option(
            help="T reads the text alone, I+T the picture too where there is one; `both` gives "
            "the entities of each"
        ),
    ] = Views.IT,
    cache: Annotated[
        Path | None, typer.Option(help="SQLite file of alignments, as `align` has it")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents a batch")] = 64,
    gpu_id: Annotated[int, typer.Option(help="GPU, -1 for the CPU")] = -1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write a .jsonl anew that is there already")
    ] = False,
) -> None:
    """Find the entities of every post of a corpus, with the pictures and without.

    Every post is in the target: annotated, with a `warning` where its picture can't be read, or
    with an `error` where it can't be read itself. A run that is killed goes on after the last
    line of a .jsonl target when it is started again; other targets are written whole at the end.
    Exits with 0, with 1 where a file, the pipeline or an engine is at fault, and with 2 for a
    wrong command line.
    """
    setup_gpu(gpu_id)
    with one_line_errors():
        nlp = spacy.load(pipeline)
        annotator = Annotator(nlp, view)
        if cache is not None:
            use_cache(nlp, cache)
        docs = read_corpus(source, nlp)
        both = view is Views.BOTH
        if target.suffix.lower() == ".jsonl" and target.exists():
            if overwrite:
                target.unlink()
            else:
                count, docs = resume(target, docs, both)
                msg.info(f"{target}: goes on after the {count} documents that it holds")
        progress = Progress(source.name)
        with open_writer(target, both) as write:
            done = (doc for batch in minibatch(docs, batch_size) for doc in annotator(batch))
            for batch in minibatch(progress.over(done), batch_size):
                write(batch)
    msg.good(f"{target}: {progress.summary()}")
    progress.name_problems()
