"""The spaCy factory of `crf_ner`, with its default settings.

spaCy imports this module at the first `spacy.blank` or `spacy.load`, so it stays light: the pipe's
own modules are imported when one is made.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from spacy.language import Language
from thinc.api import Config, Model

from ..context import Formatter, ViewName
from ..deprecations import warn_of_rename

if TYPE_CHECKING:
    from .component import CrossViewNER
    from .loss import CrossViewLoss

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
@misc = "spacy_ita.CrossViewLoss.v2"

[ner.learn_rate_factors]
encoder = 1.0
linear = 1.0
crf = 1.0
"""
)["ner"]


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
def make_crf_ner(  # noqa: PLR0917 - spaCy passes them by name
    nlp: Language,
    name: str,
    # spaCy evaluates these annotations, and the classes themselves would import torch
    model: Model[Any, Any],
    context: Formatter,
    loss: Callable[..., Any],
    view: str,
    learn_rate_factors: dict[str, float],
    attrs: dict[str, str],
    scorer: Callable[..., dict[str, Any]] | None,
    learn_rates: dict[str, float] | None = None,
) -> "CrossViewNER":
    """Make the pipe; the settings are those of `CrossViewNER`.

    learn_rates: the old name of `learn_rate_factors`, over which its factors go.
    """
    from .component import CrossViewNER

    if learn_rates:
        warn_of_rename(f"{name}: learn_rates", "learn_rate_factors")
    return CrossViewNER(
        nlp.vocab,
        model,
        name,
        context=context,
        loss=cast("CrossViewLoss", loss),
        view=cast("ViewName", view),
        learn_rate_factors=learn_rate_factors | (learn_rates or {}),
        attrs=attrs,
        scorer=scorer,
        nlp=nlp,
    )
