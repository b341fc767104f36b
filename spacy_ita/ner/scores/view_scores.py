"""The scores of both views of a tagger."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

from spacy.tokens import Doc
from spacy.training import Example

from ...context import Context
from ..prediction.view_reader import ViewReader
from .calibration import calibration_scores


def score_views(
    tagger: ViewReader,
    examples: Sequence[Example],
    scorer: Callable[[Sequence[Example]], dict[str, Any]],
) -> dict[str, Any]:
    """Score the annotations of documents, and each view of the whole pipeline.

    Args:
        tagger: The tagger, which may run again for the T view.
        examples: Documents that the pipeline has annotated, with their references.
        scorer: Scores the entities.
    """

    def score(examples: Sequence[Example]) -> dict[str, Any]:
        return {**scorer(examples), **calibration_scores(examples, tagger.attrs.confidence)}

    docs = [example.predicted for example in examples]
    read = [tagger.later_pipes.annotated(doc) for doc in docs]
    views = [found.view if found else tagger.view for found in read]
    if set(views) - {"T"}:
        warn_of_lost_pictures(tagger.name, examples, lambda doc: tagger.context_of(doc, "auto"))
    shown = score(examples)
    seen = [bool(tagger.context_of(doc, view)) for doc, view in zip(docs, views, strict=True)]
    if not any(seen):
        expected = tagger.learns_pictures or not tagger.loss.reads_text
        if set(views) - {"T"} and expected:
            warn_of_missing_pictures(tagger.name)
        return merge_view_scores(shown, text=shown, image=None)
    bare = iter(tagger.read_whole(list(compress(docs, seen)), "T"))
    in_text_view = [
        Example(next(bare), example.reference) if again else example
        for example, again in zip(examples, seen, strict=True)
    ]
    return merge_view_scores(shown, text=score(in_text_view), image=shown)


def merge_view_scores(
    shown: Mapping[str, Any], text: Mapping[str, Any], image: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Merge scores into one dict, and add the mean F1 of the views, `ents_f_views`.

    Args:
        shown: Scores of the annotations, under their own names.
        text: Scores of the T view, under names that end in `_text`.
        image: Scores of the I+T view, under names that end in `_image`. None if no document has a
            picture: then these scores are None, and the mean is that of the T view.
    """
    merged = dict(shown)
    for name in shown:
        merged[f"{name}_text"] = text.get(name)
        merged[f"{name}_image"] = image.get(name) if image else None
    f_scores = [merged.get("ents_f_text"), merged.get("ents_f_image")]
    known = [f for f in f_scores if f is not None]
    merged["ents_f_views"] = sum(known) / len(known) if known else None
    return merged


def warn_of_missing_pictures(name: str) -> None:
    """Warn that a tagger that learns from pictures is scored without any.

    Args:
        name: Name of the pipe.
    """
    warnings.warn(
        f"{name}: no document to score has an alignment, or a picture that the encoder reads, so "
        "`ents_f_image` has no value. A training that chooses its best model by it keeps the "
        "first one: align the development corpus, too",
        stacklevel=4,
    )


def warn_of_lost_pictures(
    name: str, examples: Sequence[Example], read: Callable[[Doc], Context]
) -> None:
    """Warn if references have a context that the predicted documents lack.

    Args:
        name: Name of the pipe.
        examples: The documents and their references.
        read: Returns the context of a document.
    """
    lost = [eg for eg in examples if read(eg.reference) and not read(eg.predicted)]
    if lost:
        warnings.warn(
            f"{name}: {len(lost)} of {len(examples)} documents were annotated without the "
            f"alignments that their references have, the first being "
            f"{lost[0].reference.text[:40]!r}; read the corpus with `spacy_ita.Corpus.v1`, or "
            f"evaluate with `spacy ita evaluate`",
            stacklevel=4,
        )
