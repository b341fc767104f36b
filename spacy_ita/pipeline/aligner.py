"""A pipeline of image_* components over good and bad posts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..alignment.failures import unwarned
from ..errors import BackendError


@dataclass(frozen=True)
class Aligner:
    """An aligner of documents by a pipeline of image_* components.

    Attributes:
        nlp: The pipeline.
        n_process: Number of processes.
    """

    nlp: Language
    n_process: int = 1

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """Align a stream of documents, preserving order; failures are noted on the documents.

        Raises:
            BackendError: If an engine can't run at all.
            ValueError: If the batch size is below 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        with unwarned():
            try:
                yield from self.nlp.pipe(docs, n_process=self.n_process, batch_size=batch_size)
            except ValueError as error:
                if "[E871]" not in str(error):
                    raise
                # the text is the traceback of a process
                raise BackendError(re.split(r"^\S+: ", str(error), flags=re.M)[-1]) from error
