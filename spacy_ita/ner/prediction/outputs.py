"""Predictions from a tagger's outputs: entities, confidences, and vectors for listeners."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from thinc.api import torch2xp

from ...crf import BestPaths, HostCopy, TagScheme
from ...encoder import View
from ..model import TaggerModel
from .annotation import Prediction

GROUP_WORDS = 2**16
"""Most words of a group of views, including padding: a thousand posts of 65 words. The encoder
plans the rows of a whole group, so a group should be as large as memory allows."""


def launch_views(
    model: TaggerModel, views: Sequence[View], scheme: TagScheme, vectors: bool
) -> Callable[[], list[Prediction]]:
    """Start to predict views of at least one word each, without a wait for a GPU.

    Args:
        model: The tagger.
        views: The views.
        scheme: The tagger's tags.
        vectors: Whether the predictions hold the encoder's vectors.

    Returns:
        A function that waits for the predictions and returns them, in order.
    """
    groups = group_by_words([len(view.words) for view in views], GROUP_WORDS)
    launched = [_launch(model, [views[i] for i in group], vectors) for group in groups]

    def finish() -> list[Prediction]:
        found: dict[int, Prediction] = {}
        for group, (copy, tensors) in zip(groups, launched, strict=True):
            members = [views[i] for i in group]
            found.update(zip(group, _predictions(members, scheme, copy, tensors), strict=True))
        return [found[i] for i in range(len(views))]

    return finish


def group_by_words(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Group views by length, into few groups with a limited number of words each.

    A view that exceeds the limit is a group of its own.

    Args:
        lengths: Number of words of each view.
        most: Most words of a group, including padding.

    Returns:
        The indices of the views of each group, in order.
    """
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or (len(groups[-1]) + 1) * lengths[i] > most:
            groups.append([])
        groups[-1].append(i)
    return [sorted(group) for group in groups]


def _launch(model: TaggerModel, views: list[View], vectors: bool) -> tuple[HostCopy, list[Any]]:
    output = model.predict(views)
    if not vectors:
        return output.chain.best_paths(), [None] * len(views)
    # copies: a slice would keep the vectors of the whole batch in memory
    parts = zip(views, output.words.vectors, strict=True)
    tensors = [torch2xp(padded[: len(view.words)].clone()) for view, padded in parts]
    return output.chain.best_paths(), tensors


def _predictions(
    views: Sequence[View], scheme: TagScheme, copy: HostCopy, tensors: Sequence[Any]
) -> Iterator[Prediction]:
    paths = BestPaths(copy.wait(), [len(view.words) for view in views])
    for row, (view, tensor) in enumerate(zip(views, tensors, strict=True)):
        if not paths.known(row):
            raise ValueError(
                f"the scores of {' '.join(view.words)[:40]!r} are NaN or infinite: the weights are "
                f"damaged, or too large for half precision (set `mixed_precision = false`)"
            )
        entities = scheme.decode(paths.tags[row])
        confidences = [paths.probability(row, first, last) for first, last, _ in entities]
        yield Prediction(entities, confidences, tensor, "image" if view.context else "text")
