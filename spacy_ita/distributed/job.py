"""What is done with a corpus, whichever engine does it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora import read_corpus


class Worker(Protocol):
    """A loaded pipeline, and what it does with documents."""

    @property
    def nlp(self) -> Language:
        """The pipeline, which makes the documents."""
        ...

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """The documents, done, in order. Raises BackendError where an engine can't run at all."""
        ...


@dataclass(frozen=True)
class Job:
    """A corpus and what to do with it.

    load: makes a worker; pickled, so that every process makes its own.
    source: the corpus, as `read_corpus` takes it.
    batch_size: documents that are done at once.
    skip: documents at the beginning that are done already.
    only: the places of the documents to do, in order; None for all.
    """

    load: Callable[[], Worker]
    source: Path
    batch_size: int
    skip: int = 0
    only: tuple[int, ...] | None = None

    def docs(self, nlp: Language) -> Iterator[Doc]:
        """The documents that are still to be done."""
        docs = read_corpus(self.source, nlp)
        if self.only is None:
            return islice(docs, self.skip, None)
        chosen = set(self.only)
        first = enumerate(islice(docs, max(chosen, default=-1) + 1))
        return (doc for place, doc in first if place in chosen)


class Engine(Protocol):
    """Runs a job. Whichever does it, the documents are the same, in the order of the source."""

    def __call__(self, job: Job, worker: Worker) -> Iterator[Doc]:
        """The documents, done.

        worker: one of the job's, in this process.
        Raises OSError or ValueError where the corpus can't be read or a backend can't run.
        """
        ...


def run_locally(job: Job, worker: Worker) -> Iterator[Doc]:
    """The engine of this process."""
    return worker.pipe(job.docs(worker.nlp), job.batch_size)
