"""`spacy ita convert`: tweets in CoNLL columns to spaCy's binary format."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import Doc
from wasabi import msg

from ..extensions import attributes
from ..io.conll import read_conll
from .files import blank_vocab, one_line_errors, refuse_other_formats, refuse_source, write_docs

HELP_INPUT = "TOKEN<TAB>TAG lines, an empty line after each tweet, IMGID:<id> before it"


def convert(
    source: Annotated[Path, typer.Argument(help=HELP_INPUT, exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Argument(help="The .spacy file to write")],
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the pictures, whose names are the ids", exists=True, file_okay=False
        ),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language code of the vocabulary")] = "en",
) -> None:
    """Convert tweets in CoNLL columns, with the ids of their pictures, to a .spacy file."""
    attrs = attributes()
    with one_line_errors():
        refuse_source(source, target)
        refuse_other_formats(target)
        docs = list(read_conll(source, blank_vocab(lang), attrs, images))
        write_docs(docs, target)
    labels = Counter(ent.label_ for doc in docs for ent in doc.ents)
    counts = ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
    msg.good(f"{target}: {len(docs)} documents; {counts}")
    if images:
        _report_pictures(docs, attrs.image_path)


def _report_pictures(docs: list[Doc], name: str) -> None:
    missing = [doc for doc in docs if not Path(doc._.get(name)).is_file()]
    if missing:
        first = missing[0]
        msg.warn(
            f"{len(missing)} of {len(docs)} documents have no picture in the folder, the first "
            f"being {first._.get(name)!r}: {first.text[:40]!r}"
        )
