"""Progress of a run over a corpus: a bar, then counts and the first problems."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from spacy.tokens import Doc
from tqdm import tqdm
from wasabi import msg

from ...alignment.failures import kinds_of_failures
from ...corpora import Notes
from ...extensions import Attributes

NAMED = 5
"""Number of problems named at the end."""


class Progress:
    """A counter of documents and their problems.

    Attributes:
        name: Name of the source, which the bar shows.
        counts: Numbers of documents, pictures, documents sure of their text, errors, warnings,
            problems (errors or warnings), and of documents with each alignment.
    """

    def __init__(self, name: str, attrs: Attributes) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._attrs = attrs
        self._named: list[str] = []
        self._kinds: Counter[str] = Counter()
        self._seconds = 0.0

    def over(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        """Pass the documents on, with a progress bar on a terminal."""
        start = time.perf_counter()
        with tqdm(docs, desc=self.name, unit="doc", disable=None) as bar:
            for doc in bar:
                self._count(doc)
                bar.set_postfix(
                    errors=self.counts["errors"], warnings=self.counts["warnings"], refresh=False
                )
                self._seconds = time.perf_counter() - start
                yield doc

    def _count(self, doc: Doc) -> None:
        notes = Notes(doc)
        self.counts["documents"] += 1
        self.counts["pictures"] += bool(doc._.get(self._attrs.image_path))
        self.counts["sure"] += bool(notes.sure)
        self.counts["errors"] += bool(notes.error)
        self.counts["warnings"] += bool(notes.warning)
        for name in self._attrs.alignments:
            self.counts[name] += bool(doc._.get(name))
        self._kinds["post not read"] += bool(notes.unreadable)
        self._kinds["post not annotated"] += bool(notes.failure)
        self._kinds.update(f"picture: {kind}" for kind in kinds_of_failures(doc).values())
        if problem := notes.error or notes.warning:
            self.counts["problems"] += 1
            if len(self._named) < NAMED:
                self._named.append(f"{notes.id}: {problem}")

    def summary(self) -> str:
        """Describe the counts and the rate in words."""
        counts = self.counts
        rate = counts["documents"] / self._seconds if self._seconds else 0.0
        return (
            f"{counts['documents']} documents, {counts['pictures']} with a picture, "
            f"{counts['errors']} with an error, {counts['warnings']} with a warning, "
            f"{rate:.1f} a second"
        )

    def name_problems(self) -> None:
        """Print the first problems as warnings, with id and cause, then all by kind."""
        for problem in self._named:
            msg.warn(problem)
        if more := self.counts["problems"] - len(self._named):
            msg.warn(f"and {more} more problems; the output has each with its document")
        if kinds := [(kind, count) for kind, count in self._kinds.most_common() if count]:
            msg.table(kinds, header=("failure", "number"), divider=True, aligns=("l", "r"))
