"""The project's own configs. `make configs` writes them to `configs/` after a change here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from thinc.api import Config

from .configs import base_config, full_config
from .options import MINILM, Options, Pictures, Size
from .rivals import RIVALS, VIT, Rival

SOURCE = "Written by `make configs` from spacy_ita/recipes/published.py: change it there."


@dataclass(frozen=True)
class Published:
    """A config of the project.

    Args:
        about: Its purpose, for the file's comment.
        options: The choices behind it.
        overrides: Other values for single settings, by dotted name.
    """

    about: str
    options: Options
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> Config:
        """The config without defaults."""
        return base_config(self.options, self.overrides)

    @property
    def text(self) -> str:
        """The text of the file: a comment, and the config with all defaults."""
        comment = [f"# {line}" for about in (self.about, SOURCE) for line in wrap(about, 96)]
        return "\n".join(comment) + "\n\n" + full_config(self.base).to_str(interpolate=False) + "\n"


def rival(system: Rival) -> Published:
    """Make the config of one of the paper's rivals, for documents with pictures."""
    picture = "the labels of its objects" if system.labels else "its pixels"
    about = (
        f"{system.paper} over MiniLM, which reads the picture by {picture}: docs/rivals.md. "
        f"`total_steps` are 5 epochs of Twitter-17; of Twitter-15 they are 1250, with 63 "
        f"`warmup_steps`."
    )
    mode = "LA" if system.labels else "GA"
    vision = {} if system.labels else {"paths.vision": VIT}
    options = Options("training/minilm", mode, Pictures.NONE, cva=False)
    return Published(about, options, {**vision, **system.overrides})


PUBLISHED = {
    "demo": Published(
        "The demo: all three alignments by models of the project itself, ITA-All with CVA, on a "
        "CPU.",
        Options("training/minilm", examples=400),
        {
            "paths.detector": "assets/detector",
            "paths.captioner": "assets/captioner",
            "components.image_objects.backend.threshold": 0.5,
            "components.image_ocr.backend.workers": 2,
            "components.image_ocr.backend.min_side": 0,
            # chosen on the development split: docs/experiments.md, "The demo's recipe"
            "components.ner.context.captions": 2,
            "components.ner.context.repeated": "merge",
            "components.ner.loss.text_weight": 0.2,
            "components.ner.loss.image_weight": 1.0,
            "components.ner.loss.kl_weight": 0.2,
            "components.ner.loss.temperature": 1.0,
            "components.ner.model.word_dropout": 0.2,
            "components.ner.model.encoder.mixed_precision": True,
            "training.optimizer.use_averages": True,
            "training.eval_frequency": 50,
        },
    ),
    "ita_hub": Published(
        "From pixels to entities: detector, captioner and encoder of the Hugging Face hub, and "
        "Tesseract; ITA-All with CVA. What `spacy ita init-config` writes without options.",
        Options(MINILM),
    ),
    "twitter_minilm": Published(
        "ITA-GA with CVA over MiniLM, on a CPU. `total_steps` are 5 epochs of Twitter-17; of "
        "Twitter-15 they are 1250, with 63 `warmup_steps`.",
        Options("training/minilm", "GA", Pictures.NONE),
    ),
    "twitter_mpnet": Published(
        "ITA-GA with CVA over all-mpnet-base-v2, an encoder of base size that packages carry. "
        "`total_steps` are 4 epochs of Twitter-17; of Twitter-15 they are 500, with 25 "
        "`warmup_steps`. For a GPU.",
        Options("training/mpnet", "GA", Pictures.NONE, gpu=True),
    ),
    "ita_bert": Published(
        "ITA-All with CVA over BERT-base. The authors publish no settings for BERT; the learning "
        "rates and the batch are usual ones for NER, the rest is as for XLM-R. `temperature` is 4 "
        "for Twitter-15 and SNAP, 2 for Twitter-17; `total_steps` is 10 epochs of Twitter-17. For "
        "a GPU.",
        Options("bert-base-cased", "All", Pictures.NONE, gpu=True, size=Size.ACCURATE),
    ),
    "ita_xlmr": Published(
        "ITA-All with CVA over XLM-R-large, with the settings of the authors' code (Wang et al., "
        "2022): AdamW, 5e-6 for the encoder and 0.05 for the CRF, linear decay without warm-up, "
        "batches of 4, 10 epochs, word dropout 0.1. `temperature` is 4 for Twitter-15 and SNAP, 2 "
        "for Twitter-17; `total_steps` is 10 epochs of Twitter-17. For a GPU.",
        Options("xlm-roberta-large", "All", Pictures.NONE, gpu=True, size=Size.ACCURATE),
    ),
    "align_hub": Published(
        "All three alignments of pictures, by models of the Hugging Face hub and Tesseract.",
        Options(tagger=False),
    ),
    "align_served": Published(
        "All four alignments of pictures by a vision-language model on a server that speaks the "
        "OpenAI-compatible chat protocol, such as vLLM or Ollama: set [served] to yours.",
        Options("", "GA+LA+OCA+K", Pictures.SERVED, tagger=False),
    ),
    "align_vlm": Published(
        "All four alignments of pictures by a vision-language model in this process, which answers "
        "one request a picture: set [paths] `vlm` to a model that fits the memory.",
        Options("", "GA+LA+OCA+K", Pictures.VLM, tagger=False),
    ),
    "align_recorded": Published(
        "Captions that were computed elsewhere: `spacy ita align ... --recorded captions.jsonl`.",
        Options("", "GA", Pictures.RECORDED, tagger=False),
    ),
    "align_recorded_knowledge": Published(
        "A language model's paragraph on tweet and picture, as PGIM (Li et al., 2023) has them, "
        "computed elsewhere: `spacy ita align ... --recorded knowledge.jsonl`.",
        Options("", "K", Pictures.RECORDED, tagger=False),
    ),
    **{f"rivals/{name.lower()}": rival(system) for name, system in RIVALS.items()},
}
"""By the name of the file. `spacy_ner.cfg`, the rival, is written by hand: it holds none of this
package's pipes, and only the two sections that benchmarks and experiments take from it."""
