"""A corpus reader that keeps pictures and their alignments."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus, Example
from spacy.training.corpus import FILE_TYPE, walk_corpus
from spacy.util import registry
from spacy.vocab import Vocab

from ..corpora.docbin import read_docbin
from ..extensions import DEFAULTS, Attributes, attributes

Augmenter = Callable[[Language, Example], Iterator[Example]]


@registry.readers("spacy_ita.Corpus.v1")
def create_corpus(  # noqa: PLR0917 - as in `spacy.Corpus.v1`
    path: Path | None,
    gold_preproc: bool = False,
    max_length: int = 0,
    limit: int = 0,
    augmenter: Augmenter | None = None,
    attrs: dict[str, str] = {},  # noqa: B006 - as spaCy's configs
) -> Callable[[Language], Iterable[Example]]:
    """Create a reader like `spacy.Corpus.v1` that keeps pictures and alignments.

    The predicted documents get them from the references; spaCy's own reader drops them. For the
    settings not listed here, see `spacy.Corpus.v1`.

    Args:
        path: A `.spacy` file, written with `store_user_data=True`, or a folder of such files.
        gold_preproc: Whether to use the references' sentences and tokens.
        max_length: Number of words from which documents are split into sentences; 0 for no limit.
        limit: Number of documents to read; 0 for no limit.
        augmenter: Makes further examples from an example.
        attrs: Other names for the extensions.

    Raises:
        ValueError: If there is no such file, with a hint on how to make one.
    """
    return PictureCorpus(
        path,
        gold_preproc=gold_preproc,
        max_length=max_length,
        limit=limit,
        augmenter=augmenter,
        attrs=attributes(attrs),
    )


class PictureCorpus(Corpus):
    """spaCy's `Corpus` with the references' pictures on both sides of its examples.

    Args:
        path: A `.spacy` file, or a folder of such files.
        augmenter: Makes further examples from an example.
        attrs: Names of the extensions.
        settings: Other arguments of `Corpus`.

    Raises:
        ValueError: If there is no such file.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        augmenter: Augmenter | None = None,
        attrs: Attributes = DEFAULTS,
        **settings: Any,
    ) -> None:
        # spaCy only warns about a file that it can't read, and continues without documents
        if path is None or not any(map(Path.is_file, walk_corpus(path, FILE_TYPE))):
            raise ValueError(
                f"no corpus at {path}: make a {FILE_TYPE} file with `spacy ita convert` or `spacy "
                f"ita align`, and give its path, as in `--paths.train corpus/train.spacy`"
            )
        self.attrs = attrs
        if augmenter is not None:
            augmenter = _keep_pictures(augmenter, attrs)
        super().__init__(path, augmenter=augmenter, **settings)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Read the examples.

        Raises:
            ValueError: If there is none.
        """
        example = None
        for example in super().__call__(nlp):
            yield example
        if example is None:
            longest = f" of fewer than {self.max_length} words" if self.max_length else ""
            raise ValueError(f"{self.path} holds no documents{longest}: give another corpus")

    def read_docbin(self, vocab: Vocab, locs: Iterable[str | Path]) -> Iterator[Doc]:
        """Read the documents of `.spacy` files, `limit` of them at most.

        Raises:
            ValueError: If a file is damaged, with its name.
        """
        docs = (doc for loc in locs for doc in read_docbin(Path(loc), vocab) if len(doc))
        return islice(docs, self.limit if self.limit > 0 else None)

    def make_examples(self, nlp: Language, reference_docs: Iterable[Doc]) -> Iterator[Example]:
        """Make the examples of references, or of the sentences of those that are too long."""
        return self._with_pictures(super().make_examples, nlp, reference_docs)

    def make_examples_gold_preproc(
        self, nlp: Language, reference_docs: Iterable[Doc]
    ) -> Iterator[Example]:
        """Make the examples of the references' sentences."""
        return self._with_pictures(super().make_examples_gold_preproc, nlp, reference_docs)

    def _with_pictures(
        self,
        make: Callable[[Language, Iterable[Doc]], Iterator[Example]],
        nlp: Language,
        references: Iterable[Doc],
    ) -> Iterator[Example]:
        # one by one: sentences, which spaCy makes without their document's data, get them again
        for reference in references:
            for example in make(nlp, [reference]):
                yield give_picture(example, reference, self.attrs)


def give_picture(example: Example, source: Doc, attrs: Attributes) -> Example:
    """Copy the source's picture and alignments to both sides of an example."""
    for doc in (example.reference, example.predicted):
        for name in (attrs.image_path, attrs.image_paths, *attrs.alignments):
            doc._.set(name, source._.get(name))
    return example


def _keep_pictures(augmenter: Augmenter, attrs: Attributes) -> Augmenter:
    # augmenters build new documents from an example's text and tags
    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        for augmented in augmenter(nlp, example):
            yield give_picture(augmented, example.reference, attrs)

    return augment
