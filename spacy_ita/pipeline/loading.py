"""Loading of pipelines, with a cache of the answers of their image_* components."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import spacy
from spacy import util
from spacy.cli._util import import_code
from spacy.language import Language
from thinc.api import Config

from ..alignment.cache import AlignmentCache
from ..alignment.pipe import ImageAligner
from ..context import Views

if TYPE_CHECKING:
    from .annotator import Annotator


def use_cache(nlp: Language, path: Path) -> None:
    """Let every image_* component look up its answers in a cache.

    Args:
        nlp: The pipeline.
        path: The SQLite file of the cache.
    """
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, ImageAligner):
            pipe.cache = AlignmentCache(str(path))


def fetch_pictures(nlp: Language) -> None:
    """Let every image_* component fetch pictures from the web."""
    for _, pipe in nlp.components:
        if isinstance(pipe, ImageAligner):
            pipe.allow_http = True


def load_annotator(
    pipeline: str,
    view: Views,
    cache: Path | None = None,
    code: Path | None = None,
    allow_http: bool = False,
) -> "Annotator":
    """Load a pipeline with one `crf_ner` as an annotator.

    Args:
        pipeline: Name or folder of the pipeline.
        view: The view, or both.
        cache: SQLite file of alignments; None for none.
        code: Python file to import first; None for none.
        allow_http: Whether its image_* components fetch pictures from the web.

    Raises:
        OSError: If there is no such pipeline.
        ValueError: If the pipeline has no `crf_ner`, or several.
    """
    import_code(code)
    # here, because it imports torch and transformers
    from .annotator import Annotator

    nlp = spacy.load(pipeline)
    annotator = Annotator(nlp, view)
    if cache is not None:
        use_cache(nlp, cache)
    if allow_http:
        fetch_pictures(nlp)
    return annotator


def load_aligners(pipeline: str, overrides: dict[str, Any]) -> Language:
    """Load the image_* components alone.

    Args:
        pipeline: File of a config (.cfg), or name or folder of a pipeline.
        overrides: Settings of the config to change, by dotted name.

    Raises:
        ValueError: If there is no such component, a pipeline is given overrides, or a config lacks
            its pipeline or the file of [paths] `recorded`.
    """
    if pipeline.endswith(".cfg"):
        config = _image_config(pipeline, overrides)
        nlp = util.load_model_from_config(config, auto_fill=True)
    elif overrides:
        raise ValueError(f"--{next(iter(overrides))} needs a config (.cfg), not {pipeline}")
    else:
        nlp = spacy.load(pipeline)
    for name in [n for n, pipe in nlp.pipeline if not isinstance(pipe, ImageAligner)]:
        nlp.remove_pipe(name)
    if not nlp.pipe_names:
        raise ValueError(
            f"{pipeline} has none of the components image_objects, image_captions, image_ocr and "
            f"image_knowledge"
        )
    return nlp


def _image_config(path: str, overrides: dict[str, Any]) -> Config:
    """Load a config and remove all but its image_* components."""
    try:
        config = util.load_config(path, overrides)
    except ValueError as error:
        raise ValueError(f"{path}: not a config of spaCy: {error}") from error
    if "pipeline" not in config.get("nlp", {}):
        raise ValueError(f"{path}: not a config of spaCy: it has no `pipeline` in [nlp]")
    components = config.get("components", {})
    missing = config.get("paths", {}).get("recorded", ...) is None
    if missing and "${paths.recorded}" in str(components):
        raise ValueError(f"{path}: give the file of alignments with --recorded FILE")
    names = [
        name
        for name in config["nlp"]["pipeline"]
        # what a sourced component is shows when it is loaded
        if "source" in (component := components.get(name, {}))
        or component.get("factory", "").startswith("image_")
    ]
    config["nlp"]["pipeline"] = names
    config["components"] = {name: components[name] for name in names}
    config.pop("training", None)
    config.pop("initialize", None)
    config.pop("corpora", None)
    return config
