"""Warnings about trainings that learn less than expected."""

import warnings

from spacy.util import dot_to_object
from thinc.api import Config

from .cross_view import CrossViewLoss

SPACYS_READER = "spacy.Corpus.v1"


def warn_of_unlearnt_pictures(
    name: str, loss: CrossViewLoss, view: str, seen: int, config: Config
) -> None:
    """Warn if a loss of pictures gets none, or if the pipe's view is never learnt.

    Args:
        name: Name of the pipe.
        loss: Its loss.
        view: The view to annotate from.
        seen: Number of examples with a context.
        config: The pipeline's config, interpolated.
    """
    if loss.reads_image and not seen and drops_pictures(config):
        warnings.warn(
            f"{name}: {SPACYS_READER} reads the training corpus and drops the pictures, so the "
            "pipe learns from the text alone; write a config with `spacy ita init-config`, or set "
            f'`@readers = "spacy_ita.Corpus.v1"` for both corpora',
            stacklevel=3,
        )
    # annotating components may give the examples a context during the training
    elif loss.reads_image and not seen and not config["training"]["annotating_components"]:
        warnings.warn(
            f"{name}: no training example has an alignment, or a picture that the encoder reads, "
            "so the pipe learns from the text alone; read the corpus with "
            "`spacy_ita.Corpus.v1`, and align "
            f"it first, or name the pipes that align it in `training.annotating_components`",
            stacklevel=3,
        )
    if seen and not loss.reads_image and view != "T":
        warnings.warn(
            f"{name}: the loss learns from the text alone, but view = {view!r} also reads pictures "
            f"or their alignments, which the pipe never learns: set "
            f'view = "T", or give the I+T view a weight in the loss',
            stacklevel=3,
        )
    if seen and not loss.reads_text and view == "T":
        warnings.warn(
            f"{name}: the loss learns from pictures wherever a document has one, but view = "
            f"{view!r} never reads them: set another view, or give the text view a weight in the "
            f"loss",
            stacklevel=3,
        )


def warn_of_old_calibration(name: str) -> None:
    """Warn that a tagger learns and loses its calibration. The name is the pipe's."""
    warnings.warn(
        f"{name}: training resets the calibration of its confidences, which fitted the earlier "
        "weights; run `spacy ita calibrate` after the training",
        stacklevel=4,
    )


def drops_pictures(config: Config) -> bool:
    """Tell whether spaCy's own reader reads the training corpus from a file."""
    corpus = dot_to_object(config, config["training"]["train_corpus"])
    return corpus.get("@readers") == SPACYS_READER and corpus.get("path") is not None
