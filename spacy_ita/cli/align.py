"""`spacy ita align`: pictures of a corpus to objects, captions and lettering."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import spacy
import typer
from spacy import util
from spacy.cli._util import import_code, setup_gpu
from spacy.language import Language

from ..alignment.cache import AlignmentCache
from ..alignment.pipe import ImageAligner
from ..distributed import Job
from ..pipeline.aligner import Aligner
from .corpus_run import CorpusRun
from .engine import (
    CodeOption,
    EngineOption,
    Engines,
    GpuIdOption,
    GpusOption,
    RetriesOption,
    WorkersOption,
    make_engine,
)
from .files import HELP_SOURCE, one_line_errors, refuse_inputs, refuse_other_formats, write_docs


def align(
    pipeline: Annotated[
        str, typer.Argument(help="A config (.cfg) or a pipeline with image_* components")
    ],
    source: Annotated[Path, typer.Argument(help=HELP_SOURCE, exists=True)],
    target: Annotated[Path, typer.Argument(help="The .spacy file to write")],
    cache: Annotated[
        Path | None,
        typer.Option(help="SQLite file of alignments; no picture in it is read again"),
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(help="File of alignments, for a config that reads [paths] recorded"),
    ] = None,
    n_process: Annotated[int, typer.Option(min=1, help="Processes of each worker")] = 1,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents in a batch")] = 32,
    gpu_id: GpuIdOption = -1,
    engine: EngineOption = Engines.LOCAL,
    workers: WorkersOption = 1,
    gpus: GpusOption = 0.0,
    retries: RetriesOption = 3,
    code: CodeOption = None,
) -> None:
    """Run the image_* components of a config or a pipeline over the pictures of a corpus.

    A post or a picture that can't be read stays in the target, without alignments and with the
    reason. The command counts such posts and continues. With --cache, a run that was cut off
    continues where it stopped. Exits with 1 if a file, the config or an engine is at fault, and
    with 2 for a wrong command line.
    """
    with one_line_errors():
        refuse_other_formats(target)
        refuse_inputs(target, cache=cache)
        setup_gpu(gpu_id)
        overrides = {"paths.recorded": str(recorded)} if recorded else {}
        load = partial(make_aligner, pipeline, overrides, cache, n_process, code)
        made = make_engine(engine, workers, gpus, retries)
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
    """The image_* components of `load_aligners`, which ask the cache first."""
    # here, as each of Ray's processes needs it
    import_code(code)
    nlp = load_aligners(pipeline, overrides)
    if cache is not None:
        use_cache(nlp, cache)
    return Aligner(nlp, n_process)


def use_cache(nlp: Language, path: Path) -> None:
    """Let every image_* component ask the cache of the file first."""
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, ImageAligner):
            pipe.cache = AlignmentCache(str(path))


def load_aligners(pipeline: str, overrides: dict[str, Any]) -> Language:
    """The image_* components alone, of a config's file or a pipeline's name or folder.

    overrides: of the config's settings, by dotted name.
    Raises ValueError where there is none, for settings of what is no config, and for a config
    that lacks its pipeline or the file of [paths] `recorded`.
    """
    if pipeline.endswith(".cfg"):
        try:
            config = util.load_config(pipeline, overrides)
        except ValueError as error:
            raise ValueError(f"{pipeline}: not a config of spaCy: {error}") from error
        if "pipeline" not in config.get("nlp", {}):
            raise ValueError(f"{pipeline}: not a config of spaCy: it has no `pipeline` in [nlp]")
        components = config.get("components", {})
        missing = config.get("paths", {}).get("recorded", ...) is None
        if missing and "${paths.recorded}" in str(components):
            raise ValueError(f"{pipeline}: give the file of alignments with --recorded FILE")
        names = [
            name
            for name in config["nlp"]["pipeline"]
            # what one of another pipeline is shows when it is loaded
            if "source" in (component := components.get(name, {}))
            or component.get("factory", "").startswith("image_")
        ]
        config["nlp"]["pipeline"] = names
        config["components"] = {name: components[name] for name in names}
        config.pop("training", None)
        config.pop("initialize", None)
        config.pop("corpora", None)
        nlp = util.load_model_from_config(config, auto_fill=True)
    else:
        if overrides:
            raise ValueError(
                f"--recorded needs a config (.cfg) that reads [paths] recorded, not {pipeline}"
            )
        nlp = spacy.load(pipeline)
    for name in [n for n, pipe in nlp.pipeline if not isinstance(pipe, ImageAligner)]:
        nlp.remove_pipe(name)
    if not nlp.pipe_names:
        raise ValueError(
            f"{pipeline} has none of the components image_objects, image_captions, image_ocr and "
            f"image_knowledge"
        )
    return nlp
