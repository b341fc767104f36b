"""`spacy ita convert`: from tweets in CoNLL columns to spaCy's binary format."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from spacy.tokens import Doc
from wasabi import msg

from ..corpora.conll import read_conll
from ..corpora.conll.lines import Columns, Findings
from ..corpora.mner_mi import is_mner_mi, read_mner_mi
from ..extensions import Attributes, attributes
from ..sources import stamp
from .shared.files import (
    blank_vocab,
    one_line_errors,
    refuse_inputs,
    refuse_other_formats,
    write_docs,
)

HELP_INPUT = "A line for each word, with its tag; an empty line after each tweet, IMGID:<id> before"


def convert(
    source: Annotated[Path, typer.Argument(help=HELP_INPUT, exists=True, dir_okay=False)],
    target: Annotated[Path, typer.Argument(help="The .spacy file to write")],
    *,
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the pictures, whose names are the ids; for MNER-MI, also a zip of them",
            exists=True,
        ),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language code of the vocabulary")] = "en",
    token_column: Annotated[
        int, typer.Option(help="Column of the words: 1 is the first, -1 the last")
    ] = 1,
    tag_column: Annotated[int, typer.Option(help="Column of the tags")] = -1,
) -> None:
    """Convert tweets in CoNLL columns, with the ids of their pictures, to a .spacy file.

    Columns are separated by tabs or blanks. Tags are IOB1, IOB2, BIOES (IOBES) or BILOU; the
    command prints which. A line that can't be read is an error that names it. A file in the format
    of MNER-MI is recognised by its first line; its tweets have several pictures.
    """
    attrs = attributes()
    findings = Findings()
    with one_line_errors():
        refuse_inputs(target, source=source)
        refuse_other_formats(target)
        columns = Columns(token_column, tag_column)
        vocab = blank_vocab(lang)
        if is_mner_mi(source):
            docs = list(read_mner_mi(source, vocab, attrs, images))
        elif images is None or images.is_dir():
            found = read_conll(source, vocab, attrs, images, columns=columns, findings=findings)
            docs = list(found)
        else:
            raise ValueError(f"{images}: give a folder of pictures")
        write_docs(docs, target)
    _report_findings(source, findings)
    labels = Counter(ent.label_ for doc in docs for ent in doc.ents)
    counts = ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
    msg.good(f"{target}: {len(docs)} documents; {counts or 'no entities'}")
    if images:
        _report_pictures(docs, attrs)


def _report_findings(source: Path, findings: Findings) -> None:
    scheme = findings.scheme
    if scheme.name:
        msg.info(f"{source}: the tags are {scheme.name}")
    if scheme.out_of_sequence:
        msg.warn(
            f"{scheme.out_of_sequence} tags are out of sequence, such as an I- at the beginning of "
            f"an entity: each begins or ends an entity, as in conlleval"
        )
    if findings.context_words:
        msg.info(
            f"{findings.context_words} words with the tag X were left out: they are contexts, "
            "which spacy_ita.Recorded.v1 reads from the same file"
        )
    if findings.with_blanks:
        msg.warn(
            f"{len(findings.with_blanks)} words have a blank inside, the first being "
            f"{findings.with_blanks[0]!r}: tabs separate the columns of their lines"
        )


def _report_pictures(docs: list[Doc], attrs: Attributes) -> None:
    missing = [doc for doc in docs if not all(map(stamp, doc._.get(attrs.image_paths) or [""]))]
    if missing:
        first = missing[0]
        msg.warn(
            f"{len(missing)} of {len(docs)} documents have no picture in the folder, the first "
            f"being {first._.get(attrs.image_path)!r}: {first.text[:40]!r}"
        )
