"""A service that annotates one text and picture with a pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..alignment.picture import Picture, PictureError
from ..alignment.pipe import ImageAligner
from ..context.views import OLD_NAMES
from ..corpora.rows import IMAGE_VIEW, TEXT_VIEW, keep_view, view_of
from ..extensions import Attributes
from ..pipeline.annotator import keep_both_views, tagger_of
from .html import alignments_html, data_url, view_html
from .schema import Alignments, Annotation, Drawn, Entity, ViewChoice
from .uploads import RefusedError, private_file


@dataclass(frozen=True)
class Question:
    """The content of a request.

    Attributes:
        text: The text.
        picture: Bytes of the picture, checked; None for no picture.
        view: The view, or both.
        alignments: Names of the extensions that the pipeline may set.
        draw: Whether the answer has HTML and the drawn picture.
    """

    text: str
    picture: bytes | None
    view: ViewChoice
    alignments: frozenset[str]
    draw: bool


class AnnotationService:
    """Answers requests with a pipeline, in one thread at a time.

    Args:
        nlp: A pipeline with one `crf_ner`.

    Raises:
        ValueError: If the pipeline has no `crf_ner`, or several.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.tagger = tagger_of(nlp)
        for _, pipe in nlp.components:
            if isinstance(pipe, ImageAligner):
                # nobody on the network may send a server to other addresses
                pipe.allow_http = False
        self.aligners = {
            pipe.target: name for name, pipe in nlp.pipeline if isinstance(pipe, ImageAligner)
        }

    def __call__(self, question: Question) -> Annotation:
        """Answer a request.

        Raises:
            RefusedError: With status 422, if the picture can't be decoded.
        """
        with private_file(question.picture) as path:
            if path:
                self._decode(path)
            # the words of a request leave the vocabulary with it
            with self.nlp.memory_zone():
                return self._annotate(question, path)

    def _decode(self, path: str) -> None:
        try:
            _ = Picture(path).image
        except PictureError as error:
            cause = str(error).replace(path, "the picture")
            raise RefusedError(422, f"the picture can't be decoded: {cause}") from error

    def _annotate(self, question: Question, path: str) -> Annotation:
        attrs = self.tagger.attrs
        view = OLD_NAMES.get(question.view, question.view)
        bare, seen = view == "T", view == "I+T"
        self.tagger.view = "T" if bare else "auto"
        doc = self.nlp.make_doc(question.text)
        doc._.set(attrs.image_path, path)
        off = [name for target, name in self.aligners.items() if target not in question.alignments]
        doc = self.nlp(doc, disable=off)
        if view == "both":
            keep_both_views(self.tagger, [doc])
        else:
            keep_view(doc, TEXT_VIEW if bare else IMAGE_VIEW, attrs)
        views = {
            "text": _entities(doc, TEXT_VIEW) if not seen else None,
            "image": _entities(doc, IMAGE_VIEW) if path and not bare else None,
        }
        on = {target: name for target, name in self.aligners.items() if name not in off}
        return Annotation(
            **views,
            alignments=Alignments(
                objects=doc._.get(attrs.image_objects),
                captions=doc._.get(attrs.image_captions),
                lettering=doc._.get(attrs.image_ocr),
                knowledge=doc._.get(attrs.image_knowledge),
            ),
            context=str(self.tagger.context_of(doc)),
            failed=[name for target, name in on.items() if path and doc._.get(target) is None],
            drawn=_draw(doc, views, attrs) if question.draw else None,
        )


def _entities(doc: Doc, view: str) -> list[Entity]:
    return [Entity.model_validate(row) for row in view_of(doc, view)]


def _draw(doc: Doc, views: Mapping[str, list[Entity] | None], attrs: Attributes) -> Drawn:
    marked = {
        name: None if entities is None else view_html(doc.text, entities)
        for name, entities in views.items()
    }
    return Drawn(
        **marked,
        alignments=alignments_html(doc, attrs),
        picture=data_url(doc, attrs) if doc._.get(attrs.image_path) else None,
    )
