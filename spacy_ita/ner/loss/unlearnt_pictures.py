"""Warnings of trainings that learn less than they seem to."""

import warnings

from spacy.util import dot_to_object
from thinc.api import Config

from .cross_view import CrossViewLoss

SPACYS_READER = "spacy.Corpus.v1"


def warn_of_unlearnt_pictures(
    name: str, loss: CrossViewLoss, view: str, seen: int, config: Config
) -> None:
    """Warn where a loss of pictures gets none, and where a view will be read that it never got.

    name: of the pipe. view: what it annotates from. seen: how many examples have a context.
    config: of the pipeline, interpolated.
    """
    if loss.reads_image and not seen and drops_pictures(config):
        warnings.warn(
            f"{name}: the training corpus is read by {SPACYS_READER}, which drops the pictures, so "
            f"the text alone is learned; write a config by `spacy ita init-config`, or set "
            f'`@readers = "spacy_ita.Corpus.v1"` for both corpora',
            stacklevel=3,
        )
    # the pipes that annotate in training may give the examples a context
    elif loss.reads_image and not seen and not config["training"]["annotating_components"]:
        warnings.warn(
            f"{name}: no training example has an alignment, or a picture that the encoder reads, "
            f"so the text alone is learned; read the corpus with `spacy_ita.Corpus.v1`, and align "
            f"it first, or name the pipes that align it in `training.annotating_components`",
            stacklevel=3,
        )
    if seen and not loss.reads_image and view != "text":
        warnings.warn(
            f"{name}: the loss learns from the text alone, but view = {view!r} will read pictures, "
            f"or what was written of them, too, which it never learnt: set "
            f'view = "text", or weights of the loss that read pictures',
            stacklevel=3,
        )
    if seen and not loss.reads_text and view == "text":
        warnings.warn(
            f"{name}: the loss reads each document that has a picture with it alone, but view = "
            f"{view!r} will read all of them without: set another view, or give the text view a "
            f"weight in the loss",
            stacklevel=3,
        )


def warn_of_old_calibration(name: str) -> None:
    """Warn that a calibrated tagger learns, and so is calibrated no more. name: of the pipe."""
    warnings.warn(
        f"{name}: its confidences were calibrated for the weights that it had, and are the CRF's "
        f"own again; run `spacy ita calibrate` after the training",
        stacklevel=4,
    )


def drops_pictures(config: Config) -> bool:
    """Tell whether spaCy's own reader reads the training corpus from a file."""
    corpus = dot_to_object(config, config["training"]["train_corpus"])
    return corpus.get("@readers") == SPACYS_READER and corpus.get("path") is not None
