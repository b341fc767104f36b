"""A service that annotates one text and its pictures with a pipeline."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..alignment.pipe import ImageAligner
from ..context.views import OLD_NAMES
from ..corpora.rows import IMAGE_VIEW, TEXT_VIEW, keep_view, view_of
from ..extensions import Attributes
from ..pipeline.annotator import keep_both_views, tagger_of
from .html import alignments_html, data_url, view_html
from .limits import Limits
from .schema import Alignments, Annotation, BrokenPicture, Drawn, Entity, ViewChoice
from .uploads import check_content, check_pictures, private_files


@dataclass(frozen=True)
class Question:
    """The content of a request.

    Attributes:
        text: The text.
        pictures: Bytes of each picture.
        view: The view, or both.
        alignments: Names of the extensions that the pipeline may set.
        draw: Whether the answer has HTML and the drawn picture.
    """

    text: str
    pictures: Sequence[bytes]
    view: ViewChoice
    alignments: frozenset[str]
    draw: bool


class AnnotationService:
    """Answers requests with a pipeline, in one thread at a time.

    Args:
        nlp: A pipeline with one `crf_ner`.
        limits: Limits of a request.

    Raises:
        ValueError: If the pipeline has no `crf_ner`, or several.
    """

    def __init__(self, nlp: Language, limits: Limits) -> None:
        self.nlp = nlp
        self.limits = limits
        self.tagger = tagger_of(nlp)
        for _, pipe in nlp.components:
            if isinstance(pipe, ImageAligner):
                # nobody on the network may send a server to other addresses
                pipe.allow_http = False
        self.aligners = {
            pipe.target: name for name, pipe in nlp.pipeline if isinstance(pipe, ImageAligner)
        }

    def __call__(self, question: Question) -> Annotation:
        """Answer a request. A broken picture of several is left out.

        Raises:
            RefusedError: If the pictures are too many or too large, or none can be decoded.
        """
        broken = check_pictures(question.pictures, self.limits)
        kept = [b"" if n in broken else data for n, data in enumerate(question.pictures)]
        with private_files(kept) as paths:
            for number, path in enumerate(paths):
                if number not in broken and (error := check_content(path)):
                    broken[number] = error
                    # the picture keeps its number, and no pipe decodes it again
                    os.truncate(path, 0)
            if paths and len(broken) == len(paths):
                raise broken[0]
            # the words of a request leave the vocabulary with it
            with self.nlp.memory_zone():
                answer = self._annotate(question, paths)
        answer.broken = [
            BrokenPicture(picture=number, detail=str(broken[number])) for number in sorted(broken)
        ]
        return answer

    def _annotate(self, question: Question, paths: list[str]) -> Annotation:
        attrs = self.tagger.attrs
        view = OLD_NAMES.get(question.view, question.view)
        bare, seen = view == "T", view == "I+T"
        self.tagger.view = "T" if bare else "auto"
        doc = self.nlp.make_doc(question.text)
        doc._.set(attrs.image_paths, paths)
        off = [name for target, name in self.aligners.items() if target not in question.alignments]
        doc = self.nlp(doc, disable=off)
        if view == "both":
            keep_both_views(self.tagger, [doc])
        else:
            keep_view(doc, TEXT_VIEW if bare else IMAGE_VIEW, attrs)
        views = {
            "text": _entities(doc, TEXT_VIEW) if not seen else None,
            "image": _entities(doc, IMAGE_VIEW) if paths and not bare else None,
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
            failed=[name for target, name in on.items() if paths and doc._.get(target) is None],
            broken=[],
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
