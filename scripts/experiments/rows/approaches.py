"""The table's rows: what each approach changes in a config, and which data it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from spacy.util import load_config

from spacy_ita.context.formatter import Pictures
from spacy_ita.recipes.rivals import RIVALS, RPBERT, VISION, Rival

Overrides = Mapping[str, Any]
"""From dotted names of a config to values; a dict takes the place of a whole section."""

Weights = tuple[float, float, float]
"""The weights of NLL(T), NLL(I+T) and the KL, as `spacy_ita.CrossViewLoss.v2` explains them."""

TEXT, IMAGE, JOINT = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0)
R_DROP = (1.0, 1.0, 0.5)
STUDENT = (0.5, 1.0, 1.0)
"""The view with the knowledge learns most from the labels, the T view from it."""
CVA = None
"""The config's own weights: each config of the tagger is one for CVA."""

KNOWLEDGE_PIECES = 192
"""Room for a paragraph of PGIM, in subwords: on Twitter-15, 95 % of the paragraphs have at most 193
of MiniLM's subwords, and half of them at most 139."""

PARTS = {"LA": "objects", "GA": "captions", "OCA": "OCR text", "K": "knowledge"}


@dataclass(frozen=True)
class Approach:
    """A row of the table.

    Args:
        overrides: Overrides of the config that belongs to the data and the encoder.
        views: Views to measure: "T" (the text alone) and "I+T" (with the picture).
        parts: Parts that the data must hold: "objects", "captions", "5 captions", "OCR text",
            "knowledge", "pictures".
        corpus: "aligned", or the name of a changed corpus in `datasets.py`.
        scored: Score that chooses the best model; by default, the tagger's score of these views.
    """

    name: str
    overrides: Overrides
    views: tuple[str, ...] = ("I+T",)
    parts: tuple[str, ...] = ()
    corpus: str = "aligned"
    scored: str = field(default="", kw_only=True)

    @property
    def score(self) -> str:
        """Score that chooses a training's best model."""
        if self.scored:
            return self.scored
        if len(self.views) > 1:
            return "ents_f_views"
        return "ents_f_text" if "T" in self.views else "ents_f_image"


def loss(weights: Weights | None, **settings: Any) -> dict[str, Any]:
    """Make overrides for the loss; `settings` are those of `spacy_ita.CrossViewLoss.v2`."""
    names = ("text_weight", "image_weight", "kl_weight")
    named = dict(zip(names, weights or (), strict=False), **settings)
    return {f"components.ner.loss.{name}": value for name, value in named.items()}


def aligned(
    name: str,
    mode: str,
    weights: Weights | None = IMAGE,
    *,
    corpus: str = "aligned",
    parts: tuple[str, ...] | None = None,
    captions: int | None = None,
    pictures: Pictures | None = None,
    room: int | None = None,
    formatter: str | None = None,
    **settings: Any,
) -> Approach:
    """Make a row whose tagger reads alignments.

    What isn't given is the config's own.

    Args:
        name: Name of the row.
        mode: Parts of the context, such as "LA+GA".
        weights: Weights of the loss.
        corpus: "aligned", or the name of a changed corpus.
        parts: Parts that the data must hold; by default, those of the mode.
        captions: Number of captions in the context.
        pictures: Order of several pictures in the context.
        room: Most subwords of the context.
        formatter: Registered name of the context formatter.
        settings: Further settings of the loss.
    """
    overrides: dict[str, Any] = {"components.ner.context.mode": mode, **loss(weights, **settings)}
    if captions is not None:
        overrides["components.ner.context.captions"] = captions
    if pictures is not None:
        overrides["components.ner.context.pictures"] = pictures
    if formatter is not None:
        overrides["components.ner.context.@misc"] = formatter
    if room is not None:
        overrides["components.ner.model.encoder.max_context"] = room
    views = ("I+T",) if weights == IMAGE else ("T", "I+T")
    names = ("LA", "GA", "OCA") if mode == "All" else mode.split("+")
    return Approach(
        name,
        overrides,
        views,
        parts if parts is not None else tuple(PARTS[n] for n in names),
        corpus,
    )


def pictured(name: str, encoder: Mapping[str, Any]) -> Approach:
    """Make a row whose encoder reads the picture itself, without its alignments."""
    overrides = {
        "components.ner.model.encoder": encoder,
        "components.ner.context.mode": "GA",
        "components.ner.context.captions": 0,
        **loss(IMAGE),
    }
    return Approach(name, overrides, parts=("pictures",))


TEXT_ENCODER = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": "${paths.encoder}"}


def of_table_2(name: str, system: Rival) -> Approach:
    """Make a row of one of the systems that the paper's Table 2 compares with."""
    parts = ("objects",) if system.labels else ("pictures",)
    return Approach(name, {**system.overrides, **loss(IMAGE)}, parts=parts)


VISION_LANGUAGE = {
    "@architectures": "spacy_ita.VisionLanguageEncoder.v1",
    "joint": {"@architectures": "spacy_ita.ContextEncoder.v1", "name": "dandelin/vilt-b32-mlm"},
}
"""ViLT in the place of VinVL, which Hugging Face doesn't hold."""

SPACY_NER = load_config(Path(__file__).parents[3] / "configs" / "spacy_ner.cfg")
TRANSITIONS = {
    "nlp.pipeline": SPACY_NER["nlp"]["pipeline"],
    **{f"components.{name}": part for name, part in SPACY_NER["components"].items()},
    # Thinc finds no averages of an encoder: those of the parser alone don't go with it
    "training.optimizer.use_averages": False,
}
"""spaCy's own `ner` over spacy-transformers."""

ANY_CAPTIONS = ("captions",)


def published_recipe(
    epochs: int, rate: float, crf_rate: float, word_dropout: float
) -> dict[str, Any]:
    """Make overrides for a recipe of PGIM's repository: batches of 4, no warm-up."""
    return {
        "training.max_epochs": epochs,
        "training.batcher.size": 4,
        "training.optimizer.learn_rate.initial_rate": rate,
        "training.optimizer.learn_rate.warmup_steps": 0,
        "training.optimizer.use_averages": False,
        "components.ner.learn_rate_factors.linear": 1.0,
        "components.ner.learn_rate_factors.crf": crf_rate / rate,
        "components.ner.model.word_dropout": word_dropout,
    }


RECIPES = {
    "PGIM's recipe": published_recipe(25, 7e-6, 0.015, 0.3),
    "PGIM's recipe for its baseline": published_recipe(10, 1e-5, 0.05, 0.1),
}
"""Settings for XLM-R-large on Twitter-17 with the knowledge, and without it."""
CONSENSUS = "spacy_ita.ConsensusFormatter.v1"

TEXT_ONLY = Approach("T-only", {"components.ner.view": "T", **loss(TEXT)}, ("T",))

APPROACHES = [
    TEXT_ONLY,
    Approach(
        "T-only + R-Drop",
        {"components.ner.view": "T", **loss(R_DROP, pair="T", direction="both")},
        ("T",),
    ),
    *(aligned(f"ITA-{mode}", mode) for mode in ("LA", "GA", "OCA", "All")),
    *(aligned(f"ITA-{mode} + CVA", mode, CVA) for mode in ("LA", "GA", "OCA", "All")),
    *(
        aligned(f"ITA-{mode} + CVA (sequence KL)", mode, CVA, kl="sequence")
        for mode in ("GA", "All")
    ),
    *(
        aligned(f"ITA-{mode} + CVA (two-way KL)", mode, CVA, direction="both")
        for mode in ("GA", "All")
    ),
    *(
        aligned(f"ITA-{mode} + CVA (mean teacher)", mode, CVA, teacher_decay=0.99)
        for mode in ("GA", "All")
    ),
    # All is what there is: the captions alone, where the alignments are recorded ones
    aligned("ITA-Random", "All", corpus="shuffled", parts=ANY_CAPTIONS),
    aligned("ITA-Random + CVA", "All", CVA, corpus="shuffled", parts=ANY_CAPTIONS),
    *(
        aligned(f"ITA-All (second picture: {order})", "All", corpus="second", pictures=order)
        for order in get_args(Pictures)
    ),
    aligned("ITA-Joint", "All", JOINT, parts=ANY_CAPTIONS),
    aligned("ITA-GA (1 caption)", "GA", captions=1),
    *(
        aligned(f"ITA-GA ({n} captions)", "GA", captions=n, parts=("5 captions",))
        for n in (2, 3, 4)
    ),
    aligned(
        "ITA-GA (2 by consensus)", "GA", captions=2, parts=("5 captions",), formatter=CONSENSUS
    ),
    aligned("ITA-GA (1 by relevance)", "GA", captions=1, corpus="sorted"),
    aligned("ITA-GA (relevant)", "GA", corpus="relevant"),
    aligned("ITA-GA + CVA (relevant)", "GA", CVA, corpus="relevant"),
    *(
        aligned(name, mode, weights, room=KNOWLEDGE_PIECES)
        for name, mode, weights in (
            ("Knowledge", "K", IMAGE),
            ("Knowledge + GA", "K+GA", IMAGE),
            ("Knowledge + CVA", "K", CVA),
            ("Knowledge + GA + CVA", "K+GA", CVA),
        )
    ),
    aligned("Knowledge + CVA (student)", "K", STUDENT, room=KNOWLEDGE_PIECES, temperature=4.0),
    aligned("Neighbours", "K", corpus="neighbours", room=KNOWLEDGE_PIECES, parts=()),
    *(
        replace(row, name=f"{row.name} ({name})", overrides={**row.overrides, **recipe})
        for name, recipe in RECIPES.items()
        for row in (TEXT_ONLY, aligned("Knowledge", "K", room=KNOWLEDGE_PIECES))
    ),
    aligned("ITA-LA_BU", "LA", corpus="LA_BU"),
    aligned("ITA-GA_BU", "GA", corpus="GA_BU"),
    aligned("ITA-OCA_Paddle", "OCA", corpus="OCA_Paddle"),
    pictured(
        "BERT-CRF_ImgFeat",
        {
            "@architectures": "spacy_ita.ImageFeatureEncoder.v1",
            "text": TEXT_ENCODER,
            "vision": VISION,
        },
    ),
    pictured("VinVL-CRF", VISION_LANGUAGE),
    pictured(
        "BERT+VinVL-CRF",
        {
            "@architectures": "spacy_ita.ConcatenatedEncoder.v1",
            "first": TEXT_ENCODER,
            "second": VISION_LANGUAGE,
        },
    ),
    *(of_table_2(name, system) for name, system in RIVALS.items()),
    of_table_2("RpBERT (no Rp)", replace(RPBERT, settings={"propagation": "none"})),
    Approach("spaCy ner", TRANSITIONS, ("T",), scored="ents_f"),
    Approach(
        "spaCy ner + captions",
        TRANSITIONS,
        parts=ANY_CAPTIONS,
        corpus="appended",
        scored="ents_f",
    ),
]
