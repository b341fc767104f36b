"""A pipeline that reads one text and picture in both views."""

from dataclasses import dataclass

from spacy.language import Language
from spacy.tokens import Doc

from ..alignment.component import ImageAligner
from ..alignment.picture import Picture, PictureError
from ..ner.component import CrossViewNER, ViewName
from .html import alignments_html, data_url, view_html
from .schema import Alignments, Annotation, Drawn, Entity, ViewChoice
from .uploads import RefusedError, private_file


@dataclass(frozen=True)
class Question:
    """What a request asks: a text, a picture's checked bytes, and how to read them.

    alignments: the names of the extensions to set, of those that the pipeline has.
    """

    text: str
    picture: bytes | None
    view: ViewChoice
    alignments: frozenset[str]
    draw: bool


class Annotator:
    """Annotates by a pipeline with a `crf_ner` pipe; ValueError for one without.

    Not for two threads at a time.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        found = [(name, pipe) for name, pipe in nlp.pipeline if isinstance(pipe, CrossViewNER)]
        if not found:
            raise ValueError(f"the pipeline has no crf_ner to serve, only {nlp.pipe_names}")
        self._name, self.ner = found[0]
        self.aligners = {
            pipe.target: name for name, pipe in nlp.pipeline if isinstance(pipe, ImageAligner)
        }

    def __call__(self, question: Question) -> Annotation:
        """Raises RefusedError (422) for a picture that breaks off."""
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
        attrs = self.ner.attrs
        doc = self.nlp.make_doc(question.text)
        doc._.set(attrs.image_path, path)
        off = [name for target, name in self.aligners.items() if target not in question.alignments]
        doc = self.nlp(doc, disable=[*off, self._name])
        views: dict[ViewName, list[Entity] | None] = {"text": None, "image": None}
        drawn = Drawn(text=None, image=None, alignments="", picture=None)
        if question.view != "image":
            views["text"] = self._read(doc, "text")
            drawn.text = view_html(doc, attrs.confidence)
        if path and question.view != "text":
            views["image"] = self._read(doc, "auto")
            drawn.image = view_html(doc, attrs.confidence)
        if question.draw:
            drawn.alignments = alignments_html(doc, attrs)
            drawn.picture = data_url(doc, attrs) if path else None
        on = {target: name for target, name in self.aligners.items() if name not in off}
        return Annotation(
            **views,
            alignments=Alignments(
                objects=doc._.get(attrs.image_objects),
                captions=doc._.get(attrs.image_captions),
                lettering=doc._.get(attrs.image_ocr),
                knowledge=doc._.get(attrs.image_knowledge),
            ),
            context=str(self.ner.context(doc, attrs)),
            failed=[name for target, name in on.items() if path and doc._.get(target) is None],
            drawn=drawn if question.draw else None,
        )

    def _read(self, doc: Doc, view: ViewName) -> list[Entity]:
        self.ner.set_annotations([doc], self.ner.predict([doc], view))
        return [
            Entity(
                text=ent.text,
                label=ent.label_,
                start=ent.start_char,
                end=ent.end_char,
                confidence=ent._.get(self.ner.attrs.confidence),
            )
            for ent in doc.ents
        ]
