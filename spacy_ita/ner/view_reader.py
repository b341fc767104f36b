"""A tagger in use: what it reads of a Doc, in which view, and how it annotates the Doc."""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import cast, get_args

from spacy.pipeline.tok2vec import Tok2Vec, Tok2VecListener
from spacy.tokens import Doc
from spacy.util import minibatch

from ..context import NO_CONTEXT, Context, Formatter
from ..crf import TagScheme
from ..encoder import View, reads_pictures
from ..extensions import Attributes
from ..views import ViewName, checked_view
from .pictures import readable_picture
from .prediction import Prediction
from .reading import read_views
from .recalibration import Recalibration, ViewKind


class ViewReader(Tok2Vec):
    """Annotates documents in a view; `CrossViewNER` adds the training."""

    context: Formatter
    attrs: Attributes
    listened_to = False
    """Whether a pipe ever listened. A listener that is disabled may be enabled again, of which the
    pipe isn't told, so that vectors are set from then on."""

    def add_listener(self, listener: Tok2VecListener, component_name: str) -> None:
        """Link a listener of another pipe."""
        super().add_listener(listener, component_name)
        self.listened_to = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity labels, sorted."""
        return tuple(self.cfg["labels"])

    @property
    def view(self) -> ViewName:
        """What documents are annotated from. Raises ValueError where it is set to another word."""
        return self._view

    @view.setter
    def view(self, view: ViewName) -> None:
        self._view = checked_view(self.name, view)

    def __call__(self, doc: Doc, *, view: ViewName | None = None) -> Doc:
        """Annotate a Doc.

        view: instead of the pipe's own, as `component_cfg` gives it to `nlp`.
        """
        # None, as from spaCy's pipes, where the error handler goes on
        return cast(Doc, next(self.pipe([doc], view=view), None))

    def pipe(
        self, stream: Iterable[Doc], *, batch_size: int = 128, view: ViewName | None = None
    ) -> Iterator[Doc]:
        """Annotate a stream of documents in batches, preserving order.

        view: instead of the pipe's own, as `component_cfg` gives it to `nlp.pipe`.
        """
        handle = self.get_error_handler()
        for docs in minibatch(stream, batch_size):
            try:
                self.set_annotations(docs, self.predict(docs, view))
            except Exception as error:
                handle(self.name, self, docs, error)
                continue
            yield from docs

    @property
    def recalibrations(self) -> dict[ViewKind, Recalibration]:
        """From marginals to confidences: "text" without a picture, "image" with one."""
        found = self.cfg.get("recalibrations", {})
        return {kind: Recalibration(**found.get(kind, {})) for kind in get_args(ViewKind)}

    def recalibrate(self, fitted: Mapping[ViewKind, Recalibration]) -> None:
        """Map confidences as `fit_recalibrations` found it; entities stay. Saved with the pipe."""
        self.cfg["recalibrations"] = {kind: asdict(found) for kind, found in fitted.items()}

    def predict(self, docs: Iterable[Doc], view: ViewName | None = None) -> list[Prediction]:
        """Read the entities of each Doc, without setting them. view: instead of the pipe's own."""
        maps = self.recalibrations
        return [found.recalibrated(maps[found.kind]) for found in self.read(docs, view)]

    def read(self, docs: Iterable[Doc], view: ViewName | None = None) -> list[Prediction]:
        """Predict with the exact marginal probabilities as confidences."""
        view = checked_view(self.name, view or self.view)
        docs = list(docs)
        contexts = [self.context_of(doc, view) for doc in docs]
        bare = sum(not context for context in contexts)
        if view == "image" and bare:
            warnings.warn(
                f"{self.name}: {bare} of {len(docs)} documents have no alignment, or picture that "
                f"the encoder reads, and are read from their text",
                stacklevel=2,
            )
        views = [
            View([token.text for token in doc], context)
            for doc, context in zip(docs, contexts, strict=True)
            if len(doc)
        ]
        scheme = TagScheme(self.labels)
        found = iter(read_views(self.model, views, scheme, self.listened_to))
        return [next(found) if len(doc) else Prediction() for doc in docs]

    def set_annotations(self, docs: Iterable[Doc], scores: list[Prediction]) -> None:
        """Set `doc.ents`, `span._.confidence`, and `doc.tensor` if a pipe ever listened."""
        for doc, prediction in zip(docs, scores, strict=True):
            prediction.annotate(doc, self.name, self.attrs.confidence)

    def context_of(self, doc: Doc, view: ViewName | None = None) -> Context:
        """What the encoder reads beside the Doc's text, its picture included where it reads
        pictures; a false one where that is nothing. view: instead of the pipe's own."""
        if (view or self.view) == "text":
            return NO_CONTEXT
        context = self.context(doc, self.attrs)
        if not reads_pictures(self.model.get_ref("encoder")):
            return context
        return replace(context, picture=readable_picture(doc, self.attrs.image_path))
