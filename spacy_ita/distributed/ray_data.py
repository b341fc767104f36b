"""An engine of many processes and machines, by Ray Data (the extra `ray`)."""

import logging
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import spacy
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ..errors import BackendError
from ..extras import optional
from .job import Job, Worker

EXPECTED = (OSError, ValueError, ImportError)
"""Errors that tell the user what to fix; they pass through Ray in a column."""


@dataclass(frozen=True)
class RayEngine:
    """An engine whose actors each load the pipeline once and get the corpus in batches.

    A batch is a row with a DocBin, so Ray never splits or joins batches, and the documents equal
    those of `run_locally` bit by bit. If an actor dies, it is restarted and its batch is repeated.

    The engine joins the cluster of `RAY_ADDRESS`, or starts one on this machine. Every machine
    needs this package, and the pipeline, the corpus and the pictures under the same paths.

    Attributes:
        workers: Number of actors; each takes one CPU.
        gpus: Number of GPUs per actor; with 0.5, two actors share one.
        retries: Maximum number of times that a batch is repeated after its actor died.
    """

    workers: int = 1
    gpus: float = 0.0
    retries: int = 3

    def __call__(self, job: Job, worker: Worker) -> Iterator[Doc]:
        """Run a job and yield its documents, in the order of the source."""
        ray = optional("ray", extra="ray")
        data = optional("ray.data", extra="ray")
        if not ray.is_initialized():
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
        # errors are raised, and needn't be logged
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
        """Build the dataset of processed, packed batches."""
        context = data.DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        # every row is larger, so each becomes a block, which the next free actor takes
        context.target_max_block_size = 1
        with data.DataContext.current(context), warnings.catch_warnings():
            # no other argument sets the number of retries
            warnings.simplefilter("ignore", DeprecationWarning)
            start = data.from_items([{"job": 0}])
            # without a CPU, the reader isn't fused with the actors
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
    """The reader of a job's corpus, which replaces the dataset's only row by packed batches."""

    job: Job

    def __call__(self, _: Any) -> Iterator[Any]:
        try:
            nlp = self.job.load().nlp
            for batch in self.job.batches(self.job.docs(nlp), nlp):
                yield _row(_pack(batch))
        except EXPECTED as error:
            yield _row(error=str(error))


class _Actor:
    """An actor that processes rows of packed batches with a worker of the job."""

    def __init__(self, job: Job, gpus: float) -> None:
        if gpus:
            spacy.require_gpu()
        self.job = job
        self.worker: Worker | None = None
        self.error = ""
        try:
            self.worker = job.load()
        # raised here, it would kill the actor, and Ray would start another, again and again
        except EXPECTED as error:
            self.error = str(error)

    def __call__(self, row: Any) -> Any:
        if self.worker is None:
            return _row(error=self.error)
        if row["error"][0].as_py():
            return row
        try:
            with self.job.zone(self.worker.nlp):
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
