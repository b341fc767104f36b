"""What a tagger reads in views: entities, their confidences, and vectors where a pipe listens."""

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from thinc.api import Model, torch2xp

from ..crf import TagScheme
from ..encoder import View
from .model import Reading
from .prediction import Prediction

GROUP_WORDS = 2**16
"""Of views that are read together, padding included: a thousand posts of 65 words. The encoder
plans the rows of a group, so that a group should be as large as memory allows."""


def read_views(
    model: Model[list[View], Reading], views: Sequence[View], scheme: TagScheme, vectors: bool
) -> list[Prediction]:
    """What the tagger says of each view, in order. Each has a word at least.

    vectors: whether the predictions hold the encoder's.
    """
    found: dict[int, Prediction] = {}
    for group in group_by_words([len(view.words) for view in views], GROUP_WORDS):
        members = [views[i] for i in group]
        predictions = _decode(model.predict(members), members, scheme, vectors)
        found.update(zip(group, predictions, strict=True))
    return [found[i] for i in range(len(views))]


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


def _decode(
    reading: Reading, views: Sequence[View], scheme: TagScheme, vectors: bool
) -> Iterator[Prediction]:
    chain, words = reading.chain, reading.words
    paths = chain.decode()
    found = [scheme.decode(path) for path in paths]
    segments = [(row, start, end) for row, ents in enumerate(found) for start, end, _ in ents]
    logs = chain.segment_log_marginals(paths, segments)
    confidences = iter(torch.tensor(logs).exp().clamp(max=1.0).tolist())
    rows = zip(views, found, words.vectors, words.lengths, strict=True)
    for view, entities, padded, length in rows:
        # a copy: a part of the batch's vectors would keep all of them in memory
        tensor = torch2xp(padded[:length].clone()) if vectors else None
        own = list(islice(confidences, len(entities)))
        yield Prediction(entities, own, tensor, "image" if view.context else "text")
