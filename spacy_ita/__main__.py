"""The commands, as `python -m spacy_ita`."""

from .cli import app

app(prog_name="python -m spacy_ita")
