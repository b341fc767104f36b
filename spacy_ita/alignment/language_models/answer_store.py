"""Answers of a language model, kept in memory for the pipes that ask about the same picture."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from .schema import Form, NoAnswerError

KEPT = 1024
"""Maximum number of answers in memory, more than a pipe's batch has pictures."""
FAILURE_KEPT = 60.0
"""Seconds for which a failure is kept, so that the picture's other parts don't ask again."""


@dataclass(frozen=True)
class Failure:
    """The cause of a missing answer, and until when it counts.

    It holds a message alone: an exception's traceback would keep the picture in memory.
    """

    message: str
    until: float

    @classmethod
    def of(cls, error: NoAnswerError) -> "Failure":
        """Make the failure of an error, which counts for `FAILURE_KEPT` seconds."""
        return cls(str(error), time.monotonic() + FAILURE_KEPT)


Kept = list[Form] | Failure


class AnswerStore:
    """The latest answers to questions, each a list of forms or a failure. Threads may share it."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy begins empty
        return AnswerStore, ()

    def look_up(self, question: Hashable) -> Kept | None:
        """Return the answer to a question; None if there is none, or an old failure."""
        with self._lock:
            found = self._known.get(question)
        return None if isinstance(found, Failure) and found.until < time.monotonic() else found

    def keep(self, question: Hashable, answer: Kept) -> Kept:
        """Keep an answer, and return it."""
        with self._lock:
            self._known[question] = answer
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return answer


def given(answer: Kept) -> list[Form]:
    """Return the forms of an answer. Raises NoAnswerError if it is a failure."""
    if isinstance(answer, Failure):
        raise NoAnswerError(answer.message)
    return answer
