"""`spacy ita align`: pictures of a corpus to objects, captions and lettering."""

from pathlib import Path
from typing import Annotated, Any, cast

import spacy
import typer
from spacy import util
from spacy.language import Language
from tqdm import tqdm
from wasabi import msg

from ..alignment.cache import AlignmentCache
from ..alignment.component import ImageAligner
from ..extensions import attributes
from .files import one_line_errors, read_docs, write_docs


def align(
    pipeline: Annotated[
        str, typer.Argument(help="A config (.cfg) or a pipeline with image_* components")
    ],
    source: Annotated[Path, typer.Argument(help="A .spacy file", exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Argument(help="The .spacy file to write")],
    cache: Annotated[
        Path | None,
        typer.Option(help="SQLite file of alignments: a run that was cut off goes on from it"),
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option(help="File of alignments, for a config whose [paths] has `recorded`"),
    ] = None,
    n_process: Annotated[int, typer.Option(help="Processes that align")] = 1,
    batch_size: Annotated[int, typer.Option(help="Documents a batch")] = 32,
) -> None:
    """Run the image_* components of a config or a pipeline over the pictures of a corpus."""
    with one_line_errors():
        overrides = {"paths.recorded": str(recorded)} if recorded else {}
        nlp = load_aligners(pipeline, overrides)
        if cache is not None:
            for _, aligner in nlp.pipeline:
                cast(ImageAligner, aligner).cache = AlignmentCache(str(cache))
        docs = read_docs(source, nlp.vocab)
        piped = nlp.pipe(docs, n_process=n_process, batch_size=batch_size)
        aligned = list(tqdm(piped, total=len(docs), desc=source.name, unit="doc", disable=None))
        write_docs(aligned, target)
    attrs = attributes()
    pictures = sum(bool(doc._.get(attrs.image_path)) for doc in aligned)
    counts = [
        f"{name} {sum(doc._.get(name) is not None for doc in aligned)}" for name in attrs.alignments
    ]
    msg.good(f"{target}: {len(aligned)} documents, {pictures} with a picture; {', '.join(counts)}")


def load_aligners(pipeline: str, overrides: dict[str, Any]) -> Language:
    """The image_* components alone, of a config's file or a pipeline's name or folder.

    overrides: of the config's settings, by dotted name.
    Raises ValueError where there is none.
    """
    if pipeline.endswith(".cfg"):
        config = util.load_config(pipeline, overrides)
        components = config.get("components", {})
        names = [
            name
            for name in config["nlp"]["pipeline"]
            if components.get(name, {}).get("factory", "").startswith("image_")
        ]
        config["nlp"]["pipeline"] = names
        config["components"] = {name: components[name] for name in names}
        config.pop("training", None)
        config.pop("initialize", None)
        config.pop("corpora", None)
        nlp = util.load_model_from_config(config, auto_fill=True)
    else:
        nlp = spacy.load(pipeline)
        for name in [n for n, pipe in nlp.pipeline if not isinstance(pipe, ImageAligner)]:
            nlp.remove_pipe(name)
    if not nlp.pipe_names:
        raise ValueError(
            f"{pipeline} has no component image_objects, image_captions, image_ocr or "
            f"image_knowledge to align by"
        )
    return nlp
