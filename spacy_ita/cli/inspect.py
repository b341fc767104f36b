"""`spacy ita inspect`: a pipeline's findings, drawn on the picture."""

from pathlib import Path
from typing import Annotated

import spacy
import typer
from PIL import Image
from spacy.cli._util import import_code, setup_gpu
from wasabi import msg

from ..alignment.inspect import inspect as draw
from ..corpora.files.atomic import replacing
from ..extensions import attributes_of
from ..pipeline.loading import fetch_pictures, load_aligners
from .shared.engine import CodeOption, GpuIdOption
from .shared.files import one_line_errors, refuse_inputs
from .shared.settings import SettingsOption, parse_settings
from .shared.sources import AllowHttpOption


def inspect(
    pipeline: Annotated[
        str, typer.Argument(help="A config (.cfg) or a pipeline with image_* components")
    ],
    picture: Annotated[str, typer.Argument(help="The picture: a file or a URI")],
    target: Annotated[Path, typer.Argument(help="The picture to write, such as OUT.png")],
    *,
    also: Annotated[
        list[str] | None, typer.Option(help="Another picture of the post; can be repeated")
    ] = None,
    allow_http: AllowHttpOption = False,
    text: Annotated[str, typer.Option(help="The text that comes with the picture")] = "",
    gpu_id: GpuIdOption = -1,
    settings: SettingsOption = None,
    code: CodeOption = None,
) -> None:
    """Draw what a pipeline finds in a picture: objects, text, captions and entities."""
    with one_line_errors():
        pictures = [picture, *(also or ())]
        for path in pictures:
            refuse_inputs(target, source=Path(path))
        format = _format_of(target)
        setup_gpu(gpu_id)
        import_code(code)
        overrides = parse_settings(settings)
        aligners = overrides or pipeline.endswith(".cfg")
        nlp = load_aligners(pipeline, overrides) if aligners else spacy.load(pipeline)
        doc = nlp.make_doc(text)
        attrs = attributes_of(nlp)
        doc._.set(attrs.image_paths, pictures)
        if allow_http:
            fetch_pictures(nlp)
        doc = nlp(doc)
        drawn = draw(doc, attrs, allow_http)
        with replacing(target) as part:
            drawn.save(part, format)
    counts = [f"{name} {len(doc._.get(name) or [])}" for name in attrs.alignments]
    msg.good(f"{target}: {', '.join(counts)}, entities {len(doc.ents)}")


def _format_of(target: Path) -> str:
    """Return the format that the suffix of a picture names. Raises ValueError for others."""
    format = Image.registered_extensions().get(target.suffix.lower())
    if format not in Image.SAVE:
        raise ValueError(f"{target}: not the name of a picture: give one that ends in .png")
    return format
