"""Pipes that look at pictures, over posts that are good and bad."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..alignment.failures import unwarned
from ..errors import BackendError


@dataclass(frozen=True)
class Aligner:
    """Aligns documents by a pipeline of image_* components alone.

    n_process: processes that it is spread over.
    """

    nlp: Language
    n_process: int = 1

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """The documents, aligned, in order; why one isn't is kept with it.

        Raises BackendError where an engine can't run at all, and ValueError for a batch size
        below 1.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        with unwarned():
            try:
                yield from self.nlp.pipe(docs, n_process=self.n_process, batch_size=batch_size)
            except ValueError as error:
                if "[E871]" not in str(error):
                    raise
                # the traceback of a process, as text
                raise BackendError(re.split(r"^\S+: ", str(error), flags=re.M)[-1]) from error
