"""Jobs over a corpus, and the engines that run them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from spacy.language import Language
from spacy.tokens import Doc

from ..corpora import read_corpus
from ..corpora.read_options import DEFAULT, ReadOptions


class Worker(Protocol):
    """A loaded pipeline that processes documents."""

    @property
    def nlp(self) -> Language:
        """The pipeline, which creates the documents."""
        ...

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """Process documents in batches, preserving order.

        Raises:
            BackendError: If a backend can't run at all.
        """
        ...


@dataclass(frozen=True)
class Job:
    """A corpus and the work to do on it.

    Attributes:
        load: Creates a worker. It is pickled, and every process creates its own worker.
        source: The corpus, as `read_corpus` takes it.
        batch_size: Number of documents in a batch.
        reading: How the corpus is read.
        skip: Number of documents at the beginning that are already done.
        only: Positions of the documents to process, in order; None for all.
    """

    load: Callable[[], Worker]
    source: Path
    batch_size: int
    reading: ReadOptions = DEFAULT
    skip: int = 0
    only: tuple[int, ...] | None = None

    def docs(self, nlp: Language) -> Iterator[Doc]:
        """Read the documents that are still to be processed."""
        docs = read_corpus(self.source, nlp, self.reading)
        if self.only is None:
            return islice(docs, self.skip, None)
        chosen = set(self.only)
        first = enumerate(islice(docs, max(chosen, default=-1) + 1))
        return (doc for place, doc in first if place in chosen)

    def batches(self, docs: Iterable[Doc], nlp: Language) -> Iterator[list[Doc]]:
        """Yield documents in batches, each of which is valid until the next is asked for.

        The vocabulary then forgets the words of a batch, so that it doesn't grow with the corpus.

        Args:
            docs: Documents that are made when they are asked for.
            nlp: The pipeline whose vocabulary they have.
        """
        rest = iter(docs)
        while True:
            with self.zone(nlp):
                batch = list(islice(rest, self.batch_size))
                if not batch:
                    return
                yield batch

    def zone(self, nlp: Language) -> AbstractContextManager[object]:
        """Open a memory zone for a batch, unless a `.spacy` file loads all its strings at once."""
        loads_all = self.source.suffix.lower() == ".spacy"
        return nullcontext() if loads_all else nlp.memory_zone()


class Engine(Protocol):
    """A way to run a job. All engines return the same documents, in the order of the source."""

    def __call__(self, job: Job, worker: Worker) -> Iterator[Doc]:
        """Run a job and yield its documents.

        Args:
            job: The job.
            worker: A worker of the job in this process.

        Raises:
            OSError: If the corpus can't be read.
            ValueError: If the corpus can't be read, or a backend can't run at all.
        """
        ...


def run_locally(job: Job, worker: Worker) -> Iterator[Doc]:
    """Run a job in this process."""
    return worker.pipe(job.docs(worker.nlp), job.batch_size)
