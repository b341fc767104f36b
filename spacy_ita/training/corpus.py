"""A corpus reader that keeps pictures and their alignments."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Corpus, Example
from spacy.util import registry

from ..extensions import Attributes, attributes

Augmenter = Callable[[Language, Example], Iterator[Example]]


@registry.readers("spacy_ita.Corpus.v1")
def create_corpus(
    path: Path,
    gold_preproc: bool = False,
    max_length: int = 0,
    limit: int = 0,
    augmenter: Augmenter | None = None,
    attrs: dict[str, str] = {},  # noqa: B006 - as spaCy's configs
) -> Callable[[Language], Iterable[Example]]:
    """As `spacy.Corpus.v1`, over a DocBin made with `store_user_data=True`.

    The picture's path and its alignments are copied to the document to annotate; spaCy's own
    reader makes that from the text alone. attrs: other names for the extensions.
    ValueError where the path is missing, which says how to make the file.
    """
    if path is None or not Path(path).exists():
        raise ValueError(
            f"no corpus at {path}: make it with `spacy ita convert` or `spacy ita align`, and give "
            f"its path, as in `--paths.train corpus/train.spacy`"
        )
    return PictureCorpus(
        path,
        gold_preproc=gold_preproc,
        max_length=max_length,
        limit=limit,
        augmenter=augmenter,
        attrs=attrs,
    )


class PictureCorpus(Corpus):
    """spaCy's `Corpus`, whose examples hold the references' pictures on both sides."""

    def __init__(
        self,
        path: str | Path,
        *,
        augmenter: Augmenter | None = None,
        attrs: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        self.attrs = attributes(attrs)
        if augmenter is not None:
            augmenter = _keep_pictures(augmenter, self.attrs)
        super().__init__(path, augmenter=augmenter, **settings)

    def _make_example(self, nlp: Language, reference: Doc, gold_preproc: bool) -> Example:
        example = super()._make_example(nlp, reference, gold_preproc)
        copy_pictures(reference, example.predicted, self.attrs)
        return example


def copy_pictures(source: Doc, target: Doc, attrs: Attributes) -> None:
    """Give the target the source's picture and alignments."""
    for name in (attrs.image_path, *attrs.alignments):
        target._.set(name, source._.get(name))


def _keep_pictures(augmenter: Augmenter, attrs: Attributes) -> Augmenter:
    # Augmenters build new documents from an example's text and tags.
    def augment(nlp: Language, example: Example) -> Iterator[Example]:
        for augmented in augmenter(nlp, example):
            for doc in (augmented.reference, augmented.predicted):
                copy_pictures(example.reference, doc, attrs)
            yield augmented

    return augment
