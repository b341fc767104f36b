"""An engine of many processes and machines, by Ray Data (the extra `ray`)."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import spacy
from spacy.tokens import Doc, DocBin
from spacy.util import minibatch
from spacy.vocab import Vocab

from ..errors import BackendError
from ..extras import optional
from .job import Job, Worker

EXPECTED = (OSError, ValueError, ImportError)
"""Errors that tell the user what to mend; they pass through Ray as a column."""


@dataclass(frozen=True)
class RayEngine:
    """Actors that each load the pipeline once, and get the corpus in batches.

    A batch is a row with a DocBin, so that it never is cut or joined: the documents are those of
    `run_locally`, bit by bit. An actor that dies is started again, and its batch done again.

    workers: actors; each takes one CPU.
    gpus: GPUs of each actor; 0.5 lets two share one.
    retries: how often a batch whose actor died is done again before the run ends.

    Joins the cluster of `RAY_ADDRESS`, or starts one on this machine. Every machine must have
    this package, and see pipeline, corpus and pictures under the same paths.
    """

    workers: int = 1
    gpus: float = 0.0
    retries: int = 3

    def __call__(self, job: Job, worker: Worker) -> Iterator[Doc]:
        """The documents, done, in the order of the source."""
        ray = optional("ray", extra="ray")
        data = optional("ray.data", extra="ray")
        if not ray.is_initialized():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
        # what fails is raised
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        try:
            for row in self._rows(job, data).iter_rows():
                if row["error"]:
                    raise BackendError(row["error"])
                yield from _unpack(row["docs"], worker.nlp.vocab)
        except ray.exceptions.RayActorError as error:
            message = f"a batch's actor died, {self.retries} retries and all: {error}"
            raise BackendError(message) from error

    def _rows(self, job: Job, data: Any) -> Any:
        """The dataset of packed batches that are done."""
        context = data.DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        # any row is larger, so that each becomes a block, which the next free actor takes
        context.target_max_block_size = 1
        with data.DataContext.current(context), warnings.catch_warnings():
            # no other argument takes the number of retries
            warnings.simplefilter("ignore", DeprecationWarning)
            start = data.from_items([{"job": 0}])
            # takes no CPU, which keeps it apart from the actors
            batches = start.map_batches(_Reader(job), batch_format="pyarrow", num_cpus=0)
            return batches.map_batches(
                _Actor,
                fn_constructor_args=(job, self.gpus),
                batch_size=1,
                batch_format="pyarrow",
                compute=data.ActorPoolStrategy(size=self.workers),
                num_cpus=1,
                num_gpus=self.gpus,
                ray_remote_args_fn=self._limits,
            )

    def _limits(self) -> dict[str, int]:
        return {"max_task_retries": self.retries}


@dataclass(frozen=True)
class _Reader:
    """Rows of packed batches of a job's corpus, instead of the one row that starts it."""

    job: Job

    def __call__(self, _: Any) -> Iterator[Any]:
        try:
            nlp = self.job.load().nlp
            for batch in minibatch(self.job.docs(nlp), self.job.batch_size):
                yield _row(_pack(batch))
        except EXPECTED as error:
            yield _row(error=str(error))


class _Actor:
    """A worker of the job, for rows of packed batches."""

    def __init__(self, job: Job, gpus: float) -> None:
        if gpus:
            spacy.require_gpu()
        self.job = job
        # at the first batch, whose row takes an error back: here one would kill the actor
        self.worker: Worker | None = None

    def __call__(self, row: Any) -> Any:
        if row["error"][0].as_py():
            return row
        try:
            self.worker = self.worker or self.job.load()
            docs = _unpack(row["docs"][0].as_py(), self.worker.nlp.vocab)
            return _row(_pack(self.worker.pipe(docs, self.job.batch_size)))
        except EXPECTED as error:
            return _row(error=str(error))


def _row(docs: bytes = b"", error: str = "") -> Any:
    arrow = optional("pyarrow", extra="ray")
    return arrow.table({"docs": [docs], "error": [error]})


def _pack(docs: Iterable[Doc]) -> bytes:
    return DocBin(store_user_data=True, docs=docs).to_bytes()


def _unpack(data: bytes, vocab: Vocab) -> Iterator[Doc]:
    return DocBin().from_bytes(data).get_docs(vocab)
