"""A pipeline's run over a corpus, with its progress: what `align` and `annotate` share."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from spacy.tokens import Doc
from wasabi import msg

from ...distributed import Engine, Job
from ...extensions import attributes_of
from .progress import Progress


class CorpusRun:
    """Runs a job by an engine, and counts the documents.

    Attributes:
        job: The corpus and the pipeline.
        nlp: The loaded pipeline.
        attrs: The names of its extensions.
        progress: The counts.
    """

    def __init__(self, job: Job, engine: Engine) -> None:
        self.job = job
        self._engine = engine
        self._worker = job.load()
        self.nlp = self._worker.nlp
        self.attrs = attributes_of(self.nlp)
        self.progress = Progress(job.source.name, self.attrs)

    def docs(self, skip: int = 0, only: tuple[int, ...] | None = None) -> Iterator[Doc]:
        """Run the job, with a progress bar on a terminal.

        Args:
            skip: Number of documents at the beginning to leave out.
            only: Places of the documents to do, in order; None for all.
        """
        job = replace(self.job, skip=skip, only=only)
        return self.progress.over(self._engine(job, self._worker))

    def batches(self, skip: int = 0) -> Iterator[list[Doc]]:
        """Run the job in batches, each of which is valid until the next is asked for.

        The vocabulary then forgets the words of a batch.

        Args:
            skip: Number of documents at the beginning to leave out.
        """
        return self.job.batches(self.docs(skip), self.nlp)

    def report(self, target: Path, more: str = "") -> None:
        """Print the counts, then the first problems."""
        msg.good(f"{target}: {self.progress.summary()}{more}")
        self.progress.name_problems()
