"""The cost of knowledge: F1 against the share of posts for which a language model writes it.

The T view reads every post. Only posts that it is unsure of are read again with knowledge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .significance import Counts, f_score


@dataclass(frozen=True)
class CurvePoint:
    """A point of the curve.

    Attributes:
        share: Share of the posts that are read with the knowledge.
        threshold: They are the posts in which the T view has an entity of lower confidence.
        f: F1 over all posts.
        f_random: Mean F1 if as many posts were chosen at random.
    """

    share: float
    threshold: float
    f: float
    f_random: float


def least_confidences(counts: Counts, confidences: Sequence[float]) -> NDArray[np.float64]:
    """Return the least confidence of each document's entities; 1 for a document without any.

    Args:
        counts: Right, wrong and missed entities of each document, (D, 3).
        confidences: Confidences of all found entities, document by document.

    Raises:
        ValueError: If there aren't as many confidences as entities.
    """
    ends = counts[:, :2].sum(1).cumsum()
    if len(confidences) != (ends[-1] if len(ends) else 0):
        raise ValueError(f"{len(confidences)} confidences of {ends[-1]} entities")
    parts = np.split(np.asarray(confidences, dtype=float), ends[:-1])
    return np.array([part.min(initial=1.0) for part in parts])


def knowledge_curve(
    text: Counts, knowledge: Counts, least: NDArray[np.float64], shares: Sequence[float]
) -> list[CurvePoint]:
    """Compute F1 where the least sure share of the documents is read with the knowledge.

    Args:
        text: Counts of the T view, (D, 3).
        knowledge: Counts of the view with the knowledge, (D, 3).
        least: Least confidence of the T view in each document, (D,).
        shares: Shares of the documents, from 0 to 1.
    """
    order = np.argsort(least, kind="stable")
    found = []
    for share in shares:
        number = round(share * len(order))
        asked = np.zeros(len(order), dtype=bool)
        asked[order[:number]] = True
        mixed = np.where(asked[:, None], knowledge, text).sum(0)
        by_chance = share * knowledge.sum(0) + (1 - share) * text.sum(0)
        threshold = float(least[order[number]]) if number < len(order) else 1.0
        found.append(CurvePoint(share, threshold, float(f_score(mixed)), float(f_score(by_chance))))
    return found
