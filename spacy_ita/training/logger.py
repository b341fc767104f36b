"""spaCy's console logger, with columns for the terms of the cross-view loss.

`spacy.blank` imports every logger, whether or not it is used, so this module stays light.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from spacy.language import Language
from spacy.training.loggers import console_logger_v3
from spacy.util import registry

TITLES = ("T", "I+T", "KL")
"""Column titles for the terms of the cross-view loss, in the order of `LOSS_TERMS`."""

LogStep = Callable[[dict[str, Any] | None], None]
Setup = Callable[[Language, IO[str], IO[str]], tuple[LogStep, Callable[[], None]]]


@registry.loggers("spacy_ita.ConsoleLogger.v1")
def console_logger(
    progress_bar: str | None = None,
    console_output: bool = True,
    output_file: str | Path | None = None,
) -> Setup:
    """Create a logger like `spacy.ConsoleLogger.v3`, with NLL(T), NLL(I+T) and KL of each tagger.

    Args:
        progress_bar: Shows a progress bar to the next evaluation ("eval") or to the end ("train").
        console_output: Whether to print the table.
        output_file: JSONL file to write the figures to.
    """
    setup = console_logger_v3(progress_bar, console_output, output_file)

    def setup_printer(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        from ..ner.component import LOSS_TERMS, CrossViewNER

        # spaCy's logger has one column for each trainable pipe, so pass it the terms as pipes
        columns: dict[str, str] = {}
        pipeline = []
        for name, pipe in nlp.pipeline:
            pipeline.append((name, pipe))
            if isinstance(pipe, CrossViewNER):
                titles = [f"{name} {title}" for title in TITLES]
                columns |= zip((name + term for term in LOSS_TERMS), titles, strict=True)
                pipeline += [(title, pipe) for title in titles]
        shown: Any = SimpleNamespace(pipeline=pipeline, config=nlp.config)
        log_step, finalize = setup(shown, stdout, stderr)

        def log_terms(info: dict[str, Any] | None) -> None:
            if info is not None:
                losses = {columns.get(key, key): loss for key, loss in info["losses"].items()}
                info = {**info, "losses": losses}
            log_step(info)

        return log_terms, finalize

    return setup_printer
