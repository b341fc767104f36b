"""Warnings of trainings that learn less than they seem to."""

import warnings

from .loss import CrossViewLoss


def warn_of_unlearnt_pictures(name: str, loss: CrossViewLoss, view: str, seen: int) -> None:
    """Warn where a loss of pictures gets none, and where pictures will be read that it never got.

    name: of the pipe. view: what it annotates from. seen: how many examples have a context.
    """
    if loss.reads_image and not seen:
        warnings.warn(
            f"{name}: no training example has an alignment, or a picture that the encoder reads, "
            f"so the text alone is learned; read the corpus with `spacy_ita.Corpus.v1`, and align "
            f"it first",
            stacklevel=3,
        )
    if seen and not loss.reads_image and view != "text":
        warnings.warn(
            f"{name}: the loss learns from the text alone, but view = {view!r} will read pictures, "
            f"or what was written of them, too, which it never learnt: set "
            f'view = "text", or weights of the loss that read pictures',
            stacklevel=3,
        )
