"""A pipeline with a `crf_ner` over good and bad posts, in one view or both."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from ..alignment.failures import failures, note_failure, unwarned
from ..alignment.pipe import ImageAligner
from ..context import Views
from ..corpora.notes import Notes
from ..corpora.rows import IMAGE_VIEW, TEXT_VIEW, VIEWS, keep_view
from ..errors import BackendError
from ..ner.component import CrossViewNER
from ..ner.prediction.annotation import Prediction

UNREAD = "the picture was not read: the pipeline has no image_* component; align the corpus first"


class Annotator:
    """An annotator of documents by a pipeline with one `crf_ner`, whose view it sets.

    With `Views.BOTH`, `Doc.ents` are those of I+T, and `Doc.spans` holds the entities of each
    view. Earlier entities of a document are removed. In the text view, no picture is opened.

    Attributes:
        nlp: The pipeline.
        views: The views to annotate in.
        tagger: The pipeline's `crf_ner`.

    Raises:
        ValueError: If the pipeline has no `crf_ner`, or several.
    """

    def __init__(self, nlp: Language, views: Views) -> None:
        self.nlp = nlp
        self.views = views
        self.tagger = tagger_of(nlp)
        self.tagger.view = "T" if views is Views.T else "auto"
        if views is Views.T:
            for name in [n for n, pipe in nlp.pipeline if isinstance(pipe, ImageAligner)]:
                nlp.disable_pipe(name)

    def __call__(self, docs: Sequence[Doc]) -> list[Doc]:
        """Annotate documents, preserving order; those that fail have a `Notes(doc).error`.

        Raises:
            BackendError: If an engine can't run at all.
        """
        for doc in docs:
            self._clear(doc)
        sound = [not Notes(doc).unreadable for doc in docs]
        with unwarned():
            found = iter(self._annotate(list(compress(docs, sound))))
        done = [next(found) if fine else doc for doc, fine in zip(docs, sound, strict=True)]
        if self.views is not Views.T:
            self._note_unread_pictures(done)
        if self.views is Views.BOTH:
            for doc in done:
                for name in set(VIEWS) - set(doc.spans):
                    keep_view(doc, name, self.tagger.attrs)
        return done

    def pipe(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """Annotate a stream of documents in batches, preserving order."""
        for batch in minibatch(docs, batch_size):
            yield from self(batch)

    def _clear(self, doc: Doc) -> None:
        """Remove what an earlier run left on the document."""
        confidence = self.tagger.attrs.confidence
        Prediction().annotate(doc, self.tagger.name, confidence)
        # entities of another pipeline: their confidences must not pass to ours
        for ent in doc.ents:
            ent._.set(confidence, None)
        doc.ents = ()
        for name in VIEWS:
            doc.spans.pop(name, None)
        note_failure(doc, self.tagger.attrs.image_path, "")
        Notes(doc).failure = ""

    def _annotate(self, docs: Sequence[Doc]) -> list[Doc]:
        try:
            done = list(self.nlp.pipe(docs))
            if len(done) < len(docs):
                raise ValueError("dropped by the error handler of a pipe")
            if self.views is Views.BOTH:
                keep_both_views(self.tagger, done)
            return done
        except BackendError:
            raise
        # annotate one by one, so that a bad document costs the others nothing
        except Exception as error:
            for doc in docs:
                self._clear(doc)
            if len(docs) > 1:
                return [found for doc in docs for found in self._annotate([doc])]
            Notes(docs[0]).failure = f"{type(error).__name__}: {error}"
            return list(docs)

    def _note_unread_pictures(self, docs: Sequence[Doc]) -> None:
        attrs = self.tagger.attrs
        for doc in docs:
            if not doc._.get(attrs.image_path):
                continue
            read = self.tagger.context_of(doc).picture or any(
                doc._.get(name) is not None for name in attrs.alignments
            )
            if not read and not failures(doc):
                note_failure(doc, attrs.image_path, UNREAD)


def tagger_of(nlp: Language) -> CrossViewNER:
    """Return the pipeline's `crf_ner`. Raises ValueError if it has none, or several."""
    taggers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, CrossViewNER)]
    if len(taggers) != 1:
        known = ", ".join(nlp.pipe_names) or "nothing"
        raise ValueError(f"the pipeline must have exactly one crf_ner, but has {known}")
    return taggers[0]


def keep_both_views(tagger: CrossViewNER, docs: Sequence[Doc]) -> None:
    """Store the entities of each view in `Doc.spans`; `Doc.ents` stay.

    The entities of a view are those of the whole pipeline. Documents that the tagger read with a
    context are read again without it, by the tagger and the later pipes. In the text view, the
    `id_` of the tagger's entities is the view's name.

    Args:
        tagger: The pipeline's tagger.
        docs: Documents that the pipeline has annotated.
    """
    attrs = tagger.attrs
    seen = [bool(tagger.context_of(doc)) for doc in docs]
    bare = iter(tagger.read_whole(list(compress(docs, seen)), "T"))
    for doc, again in zip(docs, seen, strict=True):
        keep_view(doc, IMAGE_VIEW, attrs)
        keep_view(doc, TEXT_VIEW, attrs, next(bare) if again else doc)
