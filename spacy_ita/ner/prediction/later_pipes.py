"""The pipes after a tagger, which take part in the whole pipeline's output for a view."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import dropwhile
from operator import is_
from typing import Any
from weakref import WeakKeyDictionary, ref

from spacy.language import Language
from spacy.tokens import Doc

from ...context import ViewName


@dataclass(frozen=True)
class Annotated:
    """How a tagger annotated a document.

    Args:
        view: The view.
        before: A copy of the document from before; None if no pipe follows.
    """

    view: ViewName
    before: Doc | None


class LaterPipes:
    """The pipes after a tagger, and how it annotated each document that is still in memory.

    spaCy links the later pipes whenever a pipeline changes, but not when a pipe is disabled or
    enabled. So they are looked up in the pipeline itself, unless the tagger was last linked in
    another pipeline, to which it was sourced or copied.

    Args:
        nlp: The pipeline that the tagger was made for.
    """

    def __init__(self, nlp: Language | None = None) -> None:
        self._nlp = ref(nlp) if nlp is not None else None
        self._linked: list[Any] = []
        self._own: list[Any] = []
        self._preceding: list[Any] = []
        self._annotated: WeakKeyDictionary[Doc, Annotated] = WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        """Return the state that other pipelines and processes can use."""
        return {"_linked": self._linked, "_preceding": self._preceding}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._nlp, self._own, self._annotated = None, [], WeakKeyDictionary()
        vars(self).update(state)

    def unlink(self, tagger: Any) -> None:
        """Drop the links, before spaCy links the pipeline again."""
        self._linked, self._own = [], self._enabled(tagger)

    def link(self, tagger: Any, pipe: Any) -> None:
        """Link the next pipe to the tagger, in both directions."""
        self._linked.append(pipe)
        later = getattr(pipe, "later_pipes", None)
        if isinstance(later, LaterPipes) and not _holds(later._preceding, tagger):
            later._preceding.append(tagger)

    def following(self, tagger: Any) -> list[Any]:
        """Return the enabled pipes after a tagger, in order."""
        in_own = len(self._linked) == len(self._own) and all(map(is_, self._linked, self._own))
        return self._enabled(tagger) if in_own and self._nlp else list(self._linked)

    def first(self, tagger: Any, docs: Iterable[Doc]) -> Any:
        """Return the first tagger of the pipeline that annotated all the documents."""
        docs = list(docs)
        for earlier in self._preceding:
            if all(earlier.later_pipes.annotated(doc) for doc in docs):
                return earlier
        return tagger

    def note(self, tagger: Any, docs: Iterable[Doc], view: ViewName) -> None:
        """Record how documents are about to be annotated."""
        follows = bool(self.following(tagger))
        for doc in docs:
            self._annotated[doc] = Annotated(view, doc.copy() if follows else None)

    def annotated(self, doc: Doc) -> Annotated | None:
        """Return how a document was annotated, or None."""
        return self._annotated.get(doc)

    def configure(self, tagger: Any, **settings: Any) -> None:
        """Write settings of the tagger to the config of the pipeline that it was made for."""
        nlp = self._nlp() if self._nlp else None
        if nlp is None:
            return
        for name, pipe in nlp.components:
            if pipe is tagger:
                nlp.get_pipe_config(name).update(settings)

    def _enabled(self, tagger: Any) -> list[Any]:
        """Return the enabled pipes after the tagger in the pipeline that it was made for."""
        nlp = self._nlp() if self._nlp else None
        pipes = [pipe for _, pipe in nlp.pipeline] if nlp else []
        after = dropwhile(lambda pipe: pipe is not tagger, pipes)
        return list(after)[1:]


def _holds(pipes: Iterable[Any], pipe: Any) -> bool:
    return any(member is pipe for member in pipes)
