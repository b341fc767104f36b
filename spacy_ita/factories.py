"""The spaCy factories of every pipe, with their default settings.

spaCy imports this module at the first `spacy.blank` or `spacy.load`, whichever pipes are used, so
it stays light: each factory imports what its pipe is made of when it makes one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from spacy.language import Language
from thinc.api import Config, Model

from .alignment.cache import AlignmentCache
from .alignment.checks import Item
from .alignment.types import Caption, DetectedObject, Knowledge, Lettering
from .context import Formatter
from .extensions import attributes
from .views import ViewName

if TYPE_CHECKING:
    from .alignment.component import ImageAligner
    from .ner import CrossViewLoss, CrossViewNER

# A default holds no setting but its class's required ones: spaCy merges it into a backend of the
# same class, and another model would get the setting too.
DETECTOR = {"@misc": "spacy_ita.HFDetector.v1", "name": "PekingU/rtdetr_v2_r18vd"}
CAPTIONER = {
    "@misc": "spacy_ita.HFCaptioner.v1",
    "name": "Salesforce/blip-image-captioning-base",
}
OCR = {"@misc": "spacy_ita.Tesseract.v1"}
KNOWLEDGE = {"@misc": "spacy_ita.Recorded.v1", "path": "knowledge.jsonl", "part": "knowledge"}
ALIGNER_CONFIG: dict[str, Any] = {
    "cache": None,
    "batch_size": 16,
    "strict": False,
    "overwrite": False,
    "attrs": {},
}
NER_CONFIG = Config().from_str(
    """
[ner]
view = "auto"
attrs = {}
scorer = {"@scorers":"spacy.ner_scorer.v1"}

[ner.model]
@architectures = "spacy_ita.CRFTagger.v1"
word_dropout = 0.1

[ner.model.encoder]
@architectures = "spacy_ita.ContextEncoder.v1"
name = "bert-base-cased"

[ner.context]
@misc = "spacy_ita.ContextFormatter.v1"
mode = "All"

[ner.loss]
@misc = "spacy_ita.CrossViewLoss.v1"

[ner.learn_rates]
encoder = 1.0
linear = 1.0
crf = 1.0
"""
)["ner"]


def _register_aligner(
    extension: str, item: Item, backend: dict[str, Any]
) -> Callable[..., "ImageAligner"]:
    """Register the factory of the pipe that sets an extension, under the extension's name."""

    # `backend` is Any, as spaCy would check a protocol by isinstance: see ImageAligner
    def make(
        nlp: Language,
        name: str,
        backend: Any,
        cache: AlignmentCache | None,
        batch_size: int,
        strict: bool,
        overwrite: bool,
        attrs: dict[str, str],
    ) -> "ImageAligner":
        """Make the pipe; the settings are those of `ImageAligner`.

        attrs: other names for the extensions, by the field names of `Attributes`.
        """
        from .alignment.component import ImageAligner

        names = attributes(attrs)
        return ImageAligner(
            name,
            backend,
            attrs=names,
            target=getattr(names, extension),
            item=item,
            cache=cache,
            batch_size=batch_size,
            strict=strict,
            overwrite=overwrite,
        )

    factory: Callable[..., ImageAligner] = Language.factory(
        extension,
        assigns=[f"doc._.{extension}"],
        default_config={"backend": backend, **ALIGNER_CONFIG},
        func=make,
    )
    return factory


make_image_objects = _register_aligner("image_objects", DetectedObject, DETECTOR)
"""The pipe that tags the objects in a picture (LA)."""
make_image_captions = _register_aligner("image_captions", Caption, CAPTIONER)
"""The pipe that captions a picture (GA)."""
make_image_ocr = _register_aligner("image_ocr", Lettering, OCR)
"""The pipe that reads the lettering in a picture (OCA)."""
make_image_knowledge = _register_aligner("image_knowledge", Knowledge, KNOWLEDGE)
"""The pipe that tells what picture and text speak of (the auxiliary knowledge of Li et al., 2023,
"Prompting ChatGPT in MNER")."""


@Language.factory(
    "crf_ner",
    assigns=["doc.ents", "token.ent_iob", "token.ent_type", "span._.confidence"],
    default_config=NER_CONFIG,
    default_score_weights={
        "ents_f_views": 1.0,
        "ents_f_text": 0.0,
        "ents_f_image": 0.0,
        "ents_f": 0.0,
        "ents_p": 0.0,
        "ents_r": 0.0,
        "ents_per_type": None,
    },
)
def make_crf_ner(
    nlp: Language,
    name: str,
    # spaCy reads these annotations: the classes themselves would import torch
    model: Model[Any, Any],
    context: Formatter,
    loss: Callable[..., Any],
    view: ViewName,
    learn_rates: dict[str, float],
    attrs: dict[str, str],
    scorer: Callable[..., dict[str, Any]] | None,
) -> "CrossViewNER":
    """Make the pipe; the settings are those of `CrossViewNER`."""
    from .ner import CrossViewNER

    return CrossViewNER(
        nlp.vocab,
        model,
        name,
        context=context,
        loss=cast("CrossViewLoss", loss),
        view=view,
        learn_rates=learn_rates,
        attrs=attrs,
        scorer=scorer,
        nlp=nlp,
    )
