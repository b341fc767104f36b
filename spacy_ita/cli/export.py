"""`spacy ita export`: the alignments of a corpus in the formats of other projects."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from ..alignment.recorded.formats import HELD, WRITERS, format_of, vocabularies
from ..corpora.files.atomic import replacing
from ..extensions.normalisation import ITEMS
from .shared.files import (
    AttrsOption,
    blank_vocab,
    one_line_errors,
    read_aligned,
    refuse_inputs,
    renamed,
)

FORMATS = ", ".join(WRITERS)


def export(
    source: Annotated[
        Path, typer.Argument(help="Aligned corpus, a .spacy file", exists=True, dir_okay=False)
    ],
    target: Annotated[Path, typer.Argument(help="The file to write")],
    *,
    format: Annotated[
        str | None, typer.Option(help=f"{FORMATS}; the default depends on the suffix of the file")
    ] = None,
    object_names: Annotated[
        Path | None,
        typer.Option(help="For bottom-up: file of object names, in the order of the ids"),
    ] = None,
    attribute_names: Annotated[
        Path | None,
        typer.Option(help="For bottom-up: file of attribute names, in the order of their ids"),
    ] = None,
    attrs: AttrsOption = None,
) -> None:
    """Write the alignments of a corpus in the format of another project."""
    name = format or format_of(target)
    with one_line_errors():
        refuse_inputs(
            target,
            source=source,
            file_of_object_names=object_names,
            file_of_attribute_names=attribute_names,
        )
        if name not in WRITERS:
            raise ValueError(f"--format must be one of {FORMATS}, not {name!r}")
        names = vocabularies(name, object_names, attribute_names)
        extensions = renamed(attrs)
        docs = read_aligned(source, blank_vocab(), extensions)
        with replacing(target) as part:
            WRITERS[name](docs, extensions, part, **names)
    counts = {
        part: sum(bool(doc._.get(extension)) for doc in docs)
        for part, extension in zip(ITEMS, extensions.alignments, strict=True)
    }
    written = ", ".join(f"{part} {counts[part]}" for part in HELD[name])
    msg.good(f"{target}: {len(docs)} documents; {written}")
    if lost := [part for part in ITEMS if counts[part] and part not in HELD[name]]:
        msg.warn(f"The format {name} can't hold {', '.join(lost)}: they are left out")
