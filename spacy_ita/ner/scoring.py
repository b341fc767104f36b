"""The scores of both views under one roof."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example

from ..context import Context


def merge_view_scores(
    shown: Mapping[str, Any], text: Mapping[str, Any], image: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The scores of what was annotated under their own names, those of each view under names
    that end in _text and _image, and the mean of the views' F1, `ents_f_views`.

    image: None where no document has a picture: then its scores are None, the mean is T's.
    """
    merged = dict(shown)
    for name in shown:
        merged[f"{name}_text"] = text.get(name)
        merged[f"{name}_image"] = image.get(name) if image else None
    f_scores = [merged.get("ents_f_text"), merged.get("ents_f_image")]
    known = [f for f in f_scores if f is not None]
    merged["ents_f_views"] = sum(known) / len(known) if known else None
    return merged


def warn_of_lost_pictures(
    name: str, examples: Sequence[Example], read: Callable[[Doc], Context]
) -> None:
    """Warn where references have a context that the documents to annotate lack.

    name: of the pipe. read: the context of a document.
    """
    lost = [eg for eg in examples if read(eg.reference) and not read(eg.predicted)]
    if lost:
        warnings.warn(
            f"{name}: {len(lost)} of {len(examples)} documents were annotated without the "
            f"alignments that their references have, the first being "
            f"{lost[0].reference.text[:40]!r}; read the corpus with `spacy_ita.Corpus.v1`, or "
            f"evaluate with `spacy ita evaluate`",
            stacklevel=3,
        )
