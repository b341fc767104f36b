"""What a tagger reads in views: entities, their confidences, and vectors where a pipe listens."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from thinc.api import Model, torch2xp

from ...crf import BestPaths, HostCopy, TagScheme
from ...encoder import View
from ..model import Reading
from .annotation import Prediction

GROUP_WORDS = 2**16
"""Of views that are read together, padding included: a thousand posts of 65 words. The encoder
plans the rows of a group, so that a group should be as large as memory allows."""


def launch_views(
    model: Model[list[View], Reading], views: Sequence[View], scheme: TagScheme, vectors: bool
) -> Callable[[], list[Prediction]]:
    """Start to read views, each with a word at least. On a card, the host doesn't wait.

    Args:
        model: The tagger.
        views: What it reads.
        scheme: Its tags.
        vectors: Whether the predictions hold the encoder's.

    Returns:
        What waits for the predictions, in order.
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
    """Views by their indices, in as few groups as hold at most so many words each, padding
    included: short ones apart from long ones only where they must be.

    A view that is longer is a group of its own. Within a group, the order stays.
    """
    groups: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not groups or (len(groups[-1]) + 1) * lengths[i] > most:
            groups.append([])
        groups[-1].append(i)
    return [sorted(group) for group in groups]


def _launch(
    model: Model[list[View], Reading], views: list[View], vectors: bool
) -> tuple[HostCopy, list[Any]]:
    reading = model.predict(views)
    if not vectors:
        return reading.chain.best_paths(), [None] * len(views)
    # copies: a part of the batch's vectors would keep all of them in memory
    parts = zip(views, reading.words.vectors, strict=True)
    tensors = [torch2xp(padded[: len(view.words)].clone()) for view, padded in parts]
    return reading.chain.best_paths(), tensors


def _predictions(
    views: Sequence[View], scheme: TagScheme, copy: HostCopy, tensors: Sequence[Any]
) -> Iterator[Prediction]:
    paths = BestPaths(copy.wait(), [len(view.words) for view in views])
    for row, (view, tensor) in enumerate(zip(views, tensors, strict=True)):
        if not paths.known(row):
            raise ValueError(
                f"the scores of {' '.join(view.words)[:40]!r} are no numbers: the weights are "
                f"damaged, or too large for half precision (set `mixed_precision = false`)"
            )
        entities = scheme.decode(paths.tags[row])
        confidences = [paths.probability(row, first, last) for first, last, _ in entities]
        yield Prediction(entities, confidences, tensor, "image" if view.context else "text")
