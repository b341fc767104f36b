"""The part of the tagger that annotates documents, in a view."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, cast, get_args

from spacy.language import Language
from spacy.pipeline.tok2vec import Tok2Vec, Tok2VecListener
from spacy.tokens import Doc
from spacy.util import minibatch
from spacy.vocab import Vocab
from thinc.api import Model

from ...context import NO_CONTEXT, Context, Formatter, ViewName, checked_view
from ...crf import TagScheme
from ...encoder import View, reads_pictures
from ...extensions import Attributes
from ...extensions.normalisation import PICTURE
from ..model import head_shim
from ..words import Words
from .annotation import Prediction
from .later_pipes import LaterPipes
from .outputs import launch_views
from .readable_pictures import readable_picture
from .recalibration import Recalibration, ViewKind
from .unaligned_pictures import warn_of_unaligned_pictures


class ViewReader(Tok2Vec):
    """A tagger that annotates documents in a view."""

    context: Formatter
    loss: Any
    attrs: Attributes
    labels: Any
    """The entity labels, sorted."""
    listened_to = False
    """Whether a pipe ever listened. spaCy doesn't tell when a disabled listener is enabled again,
    so vectors are set from the first one on."""
    learns_pictures = False
    """Whether an update in this process has read the I+T view of a document."""
    _warned_of_pictures = False
    _warned_of_unaligned = False

    def __init__(self, vocab: Vocab, model: Any, name: str, nlp: Language | None = None) -> None:
        self.later_pipes = LaterPipes(nlp)
        super().__init__(vocab, model, name)

    @property
    def listener_map(self) -> dict[str, list[Tok2VecListener]]:
        """The listeners of each pipe that has any."""
        return self._listener_map

    @listener_map.setter
    def listener_map(self, listeners: dict[str, list[Tok2VecListener]]) -> None:
        # spaCy is about to link the whole pipeline again
        self._listener_map = listeners
        self.later_pipes.unlink(self)

    def find_listeners(self, component: Any) -> None:
        """Link a later pipe, and those of its listeners that name this pipe.

        An upstream of "*" means a `tok2vec`, not this pipe. A pipe that aligns pictures comes too
        late, which a warning says.
        """
        self.later_pipes.link(self, component)
        if self.view != "T" and getattr(component, "target", "") in self.attrs.alignments:
            warnings.warn(
                f"{component.name} comes after {self.name}, which reads nothing of what it finds: "
                f"add it before, as in nlp.add_pipe(..., before={self.name!r})",
                stacklevel=2,
            )
        if isinstance(getattr(component, "model", None), Model):
            for node in component.model.walk():
                if isinstance(node, Tok2VecListener) and node.upstream_name == self.name:
                    self.add_listener(node, component.name)

    def add_listener(self, listener: Tok2VecListener, component_name: str) -> None:
        """Link a listener of another pipe."""
        super().add_listener(listener, component_name)
        self.listened_to = True

    @property
    def view(self) -> ViewName:
        """The view to annotate from, which is saved. An unknown one raises a ValueError."""
        return self._view

    @view.setter
    def view(self, view: ViewName) -> None:
        self._view = checked_view(self.name, view)
        self.later_pipes.configure(self, view=self._view)

    def __call__(self, doc: Doc, *, view: ViewName | None = None) -> Doc:
        """Annotate a Doc.

        Args:
            doc: The document.
            view: The view, if it isn't the pipe's own; `component_cfg` of `nlp` can set it.
        """
        # None, as in spaCy's pipes, if the error handler doesn't raise
        return cast("Doc", next(self.pipe([doc], view=view), None))

    def pipe(
        self, stream: Iterable[Doc], *, batch_size: int = 128, view: ViewName | None = None
    ) -> Iterator[Doc]:
        """Annotate a stream of documents in batches, preserving order.

        Args:
            stream: The documents.
            batch_size: Number of documents in a batch.
            view: The view, if it isn't the pipe's own; `component_cfg` of `nlp.pipe` can set it.
        """
        before: tuple[list[Doc], Callable[[], list[Prediction]]] | None = None
        for docs in minibatch(stream, batch_size):
            of_batch = checked_view(self.name, view or self.view)
            self.later_pipes.note(self, docs, of_batch)
            if not self._on_gpu:
                yield from self._annotated(docs, partial(self.predict, docs, of_batch))
                continue
            # the GPU works on this batch while the host annotates the previous one
            launched = (docs, self._launched(docs, of_batch))
            if before:
                yield from self._annotated(*before)
            before = launched
        if before:
            yield from self._annotated(*before)

    def _annotated(self, docs: list[Doc], found: Callable[[], list[Prediction]]) -> list[Doc]:
        """Annotate documents and return them; return none if the error handler skips them."""
        try:
            self.set_annotations(docs, found())
        except Exception as error:
            self.get_error_handler()(self.name, self, docs, error)
            return []
        return docs

    def _launched(self, docs: list[Doc], view: ViewName | None) -> Callable[[], list[Prediction]]:
        """Start a prediction. The returned function waits for it, and raises its error."""
        try:
            finish = self._launch(docs, view)
        except Exception as error:
            return partial(_raise, error)
        return lambda: self._recalibrated(finish())

    @property
    def _on_gpu(self) -> bool:
        return head_shim(self.model).device.type != "cpu"

    @property
    def recalibrations(self) -> dict[ViewKind, Recalibration]:
        """The maps from marginals to confidences: "text" without a picture, "image" with one."""
        found = self.cfg.get("recalibrations", {})
        return {kind: Recalibration(**found.get(kind, {})) for kind in get_args(ViewKind)}

    def recalibrate(self, fitted: Mapping[ViewKind, Recalibration]) -> None:
        """Set the maps from `fit_recalibrations`, which are saved with the pipe.

        They change confidences, and no entities.
        """
        self.cfg["recalibrations"] = {kind: asdict(found) for kind, found in fitted.items()}

    def predict(self, docs: Iterable[Doc], view: ViewName | None = None) -> list[Prediction]:
        """Predict the entities of each Doc, without setting them.

        Args:
            docs: The documents.
            view: The view, if it isn't the pipe's own.
        """
        return self._recalibrated(self.read(docs, view))

    def _recalibrated(self, predictions: Iterable[Prediction]) -> list[Prediction]:
        maps = self.recalibrations
        return [found.recalibrated(maps[found.kind]) for found in predictions]

    def read(self, docs: Iterable[Doc], view: ViewName | None = None) -> list[Prediction]:
        """Predict with the exact marginal probabilities as confidences, whatever the maps."""
        return self._launch(docs, view)()

    def _launch(self, docs: Iterable[Doc], view: ViewName | None) -> Callable[[], list[Prediction]]:
        view = checked_view(self.name, view or self.view)
        docs = list(docs)
        contexts = self.contexts_of(docs, view)
        bare = sum(not context for context in contexts)
        if view == "I+T" and bare:
            warnings.warn(
                f"{self.name}: {bare} of {len(docs)} documents have neither an alignment nor a "
                "picture that the encoder reads: only their text is read",
                stacklevel=2,
            )
        texts = [Words.of(doc) for doc in docs]
        views = [
            View(words.texts, context)
            for words, context in zip(texts, contexts, strict=True)
            if words
        ]
        scheme = TagScheme(self.labels)
        finish = launch_views(self.model, views, scheme, self.listened_to)

        def predictions() -> list[Prediction]:
            found = iter(finish())
            return [next(found).of_tokens(words) if words else Prediction() for words in texts]

        return predictions

    def contexts_of(self, docs: Sequence[Doc], view: ViewName) -> list[Context]:
        """Format the contexts of documents, with one warning of pictures that nothing has read."""
        contexts = [self.context_of(doc, view) for doc in docs]
        if view == "auto" and self.loss.reads_image and not self._warned_of_unaligned:
            self._warned_of_unaligned = warn_of_unaligned_pictures(
                self.name, docs, contexts, self.attrs
            )
        return contexts

    def read_whole(self, docs: Sequence[Doc], view: ViewName) -> list[Doc]:
        """Annotate copies of documents in another view, with this pipe and all later ones.

        Args:
            docs: Documents that the pipeline has annotated.
            view: The view, for other taggers in the pipeline too.

        Returns:
            Copies of the documents, as the whole pipeline annotates them in the view.

        Raises:
            ValueError: If later pipes exist, and the documents before this pipe aren't known.
        """
        first = self.later_pipes.first(self, docs)
        if first is not self:
            return cast("list[Doc]", first.read_whole(docs, view))
        following = self.later_pipes.following(self)
        copies = [(self._before(doc) if following else doc).copy() for doc in docs]
        self.set_annotations(copies, self.predict(copies, view))
        for pipe in following:
            if isinstance(pipe, ViewReader):
                copies = list(pipe.pipe(copies, view=view))
            else:
                copies = list(pipe.pipe(copies) if hasattr(pipe, "pipe") else map(pipe, copies))
        if len(copies) < len(docs):
            raise ValueError("the error handler of a pipe dropped a document")
        return copies

    def _before(self, doc: Doc) -> Doc:
        """Return a copy of the document from before this pipe annotated it."""
        annotated = self.later_pipes.annotated(doc)
        if annotated is None or annotated.before is None:
            raise ValueError(
                f"{self.name}: other pipes follow, so the text view of {doc.text[:40]!r} is known "
                f"only if this pipeline annotates it first, in this process: use `nlp.evaluate` or "
                f"`nlp.pipe` with `n_process=1`, and pipes that return the Doc that they were given"
            )
        return annotated.before

    def set_annotations(self, docs: Iterable[Doc], scores: list[Prediction]) -> None:
        """Set `doc.ents`, `span._.confidence` and, if a pipe ever listened, `doc.tensor`."""
        for doc, prediction in zip(docs, scores, strict=True):
            prediction.annotate(doc, self.name, self.attrs.confidence)

    def context_of(self, doc: Doc, view: ViewName | None = None) -> Context:
        """Format what the encoder reads beside the Doc's text, including a picture that it reads.

        Args:
            doc: The document.
            view: The view, if it isn't the pipe's own.

        Returns:
            The context, false if there is nothing to read.
        """
        if checked_view(self.name, view or self.view) == "T":
            return NO_CONTEXT
        context = self.context(doc, self.attrs)
        if not reads_pictures(self.model.get_ref("encoder")):
            return context
        if len(doc._.get(self.attrs.image_paths)) > 1 and not self._warned_of_pictures:
            self._warned_of_pictures = True
            warnings.warn(
                f"{self.name}: the document {doc.text[:40]!r} has several pictures. Its encoder "
                "reads one, the first that can be read. Later documents give no such warning.",
                stacklevel=2,
            )
        picture, number = readable_picture(doc, self.attrs)
        objects = doc._.get(self.attrs.image_objects) or []
        boxes = [item["box"] for item in objects if item["box"] and item.get(PICTURE, 0) == number]
        return replace(context, picture=picture, boxes=boxes)


def _raise(error: Exception) -> list[Prediction]:
    raise error
