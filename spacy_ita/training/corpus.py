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

from ..extensions import DEFAULTS, Attributes, attributes
from ..io.readers import read_docbin

Augmenter = Callable[[Language, Example], Iterator[Example]]


@registry.readers("spacy_ita.Corpus.v1")
def create_corpus(
    path: Path | None,
    gold_preproc: bool = False,
    max_length: int = 0,
    limit: int = 0,
    augmenter: Augmenter | None = None,
    attrs: dict[str, str] = {},  # noqa: B006 - as spaCy's configs
) -> Callable[[Language], Iterable[Example]]:
    """As `spacy.Corpus.v1`, over a DocBin made with `store_user_data=True`.

    The picture's path and its alignments are copied to the document to annotate; spaCy's own
    reader makes that from the text alone. attrs: other names for the extensions.
    ValueError where the path is missing or of another format, which says how to make the file.
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
    """spaCy's `Corpus`, whose examples hold the references' pictures on both sides.

    path: a `.spacy` file, or a folder of them. ValueError for any other.
    """

    def __init__(
        self,
        path: str | Path | None,
        *,
        augmenter: Augmenter | None = None,
        attrs: Attributes = DEFAULTS,
        **settings: Any,
    ) -> None:
        # spaCy warns of a file that it doesn't read, and goes on with no document
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
            raise ValueError(f"{self.path} holds no document{longest}: give a corpus that does")

    def read_docbin(self, vocab: Vocab, locs: Iterable[str | Path]) -> Iterator[Doc]:
        """Read the documents of `.spacy` files, `limit` of them at most.

        Raises:
            ValueError: If a file is damaged, with its name.
        """
        docs = (doc for loc in locs for doc in read_docbin(Path(loc), vocab) if len(doc))
        return islice(docs, self.limit if self.limit > 0 else None)

    def make_examples(self, nlp: Language, reference_docs: Iterable[Doc]) -> Iterator[Example]:
        """The examples of the references, or of their sentences where they are too long."""
        return self._with_pictures(super().make_examples, nlp, reference_docs)

    def make_examples_gold_preproc(
        self, nlp: Language, reference_docs: Iterable[Doc]
    ) -> Iterator[Example]:
        """The examples of the references' sentences."""
        return self._with_pictures(super().make_examples_gold_preproc, nlp, reference_docs)

    def _with_pictures(
        self,
        make: Callable[[Language, Iterable[Doc]], Iterator[Example]],
        nlp: Language,
        references: Iterable[Doc],
    ) -> Iterator[Example]:
        # one by one: a sentence, which spaCy makes without its document's data, gets them again
        for reference in references:
            for example in make(nlp, [reference]):
                yield give_picture(example, reference, self.attrs)


def give_picture(example: Example, source: Doc, attrs: Attributes) -> Example:
    """Give both sides of an example the source's picture and alignments."""
    for doc in (example.reference, example.predicted):
        for name in (attrs.image_path, *attrs.alignments):
            doc._.set(name, source._.get(name))
    return example


def _keep_pictures(augmenter: Augmenter, attrs: Attributes) -> Augmenter:
    # Augmenters build new documents from an example's text and tags.
    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        for augmented in augmenter(nlp, example):
            yield give_picture(augmented, example.reference, attrs)

    return augment
