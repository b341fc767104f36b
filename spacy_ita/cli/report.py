"""`spacy ita report`: the results of experiments as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer
from wasabi import msg

from .shared.files import AttrsOption, blank_vocab, one_line_errors, read_aligned, renamed


def report(
    results: Annotated[Path, typer.Argument(help="JSONL of results", exists=True, dir_okay=False)],
    output: Annotated[Path, typer.Argument(help="The folder to write index.html and figures to")],
    docs: Annotated[
        list[str] | None,
        typer.Option(help="NAME=FILE.spacy: the documents of a data set, for a gallery"),
    ] = None,
    attrs: AttrsOption = None,
) -> None:
    """Write the tables, figures and galleries of results into one HTML page."""
    # here, because the other commands don't need it
    from ..report.page import write_report

    with one_line_errors():
        vocab = blank_vocab()
        extensions = renamed(attrs)
        measured = {}
        for item in docs or ():
            name, equals, file = item.partition("=")
            if not equals:
                raise ValueError(f"--docs {item}: give NAME=FILE.spacy")
            measured[name] = read_aligned(Path(file), vocab, extensions)
        page = write_report(results, output, measured, extensions)
    msg.good(f"{page}: {page.stat().st_size // 1024} KiB")
