"""The commands: `spacy ita ...`, or `python -m spacy_ita ...`."""

import typer
from spacy.cli._util import app as spacy_app

from .align import align
from .convert import convert
from .evaluate import evaluate
from .inspect import inspect
from .serve import serve

app = typer.Typer(
    name="ita",
    help="Entities of texts with pictures: convert, align, inspect, evaluate and serve.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (convert, align, inspect, evaluate, serve):
    app.command()(command)

spacy_app.add_typer(app)

__all__ = ["align", "app", "convert", "evaluate", "inspect", "serve"]
