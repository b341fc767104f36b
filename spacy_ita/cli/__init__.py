"""The commands of `spacy ita`, or `python -m spacy_ita`: a module each, beside what they share.

Every command of spaCy imports these modules, so slow imports stand inside the functions.
"""

import typer
from spacy.cli._util import app as spacy_app

from .align import align
from .annotate import annotate
from .calibrate import calibrate
from .convert import convert
from .doctor import doctor
from .evaluate import evaluate
from .export import export
from .init_config import init_config
from .inspect import inspect
from .report import report
from .serve import serve
from .shared.renamed_options import CommandWithOldOptions
from .shared.settings import CommandWithSettings
from .train import train

app = typer.Typer(
    name="ita",
    help="Find entities in texts with pictures: convert, align, train, annotate, evaluate.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (
    convert,
    export,
    annotate,
    evaluate,
    calibrate,
    report,
    serve,
    doctor,
):
    app.command(cls=CommandWithOldOptions)(command)
app.command(cls=CommandWithSettings)(align)
app.command(cls=CommandWithSettings)(inspect)
# every setting of a config is an option of the command
ANY_OPTION = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command(context_settings=ANY_OPTION)(init_config)
app.command(context_settings=ANY_OPTION)(train)

spacy_app.add_typer(app)

__all__ = [
    "align",
    "annotate",
    "app",
    "calibrate",
    "convert",
    "doctor",
    "evaluate",
    "export",
    "init_config",
    "inspect",
    "report",
    "serve",
    "train",
]
