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
    read = "the labels of a picture's objects" if system.labels else "a picture's pixels"
    about = (
        f"{system.paper} over MiniLM; it reads {read} (docs/rivals.md). `total_steps` is 5 epochs "
        f"of Twitter-17; for Twitter-15, set 1250, and `warmup_steps` to 63."
    )
    mode = "LA" if system.labels else "GA"
    vision = {} if system.labels else {"paths.vision": VIT}
    options = Options("training/minilm", mode, Pictures.NONE, cva=False)
    return Published(about, options, {**vision, **system.overrides})


PUBLISHED = {
    "demo": Published(
        "The demo: ITA-All with CVA over MiniLM, with the project's own detector and captioner and "
        "Tesseract, on a CPU.",
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
        "Tesseract; ITA-All with CVA. `spacy ita init-config` writes it without options.",
        Options(MINILM),
    ),
    "twitter_minilm": Published(
        "ITA-GA with CVA over MiniLM, on a CPU. `total_steps` is 5 epochs of Twitter-17; for "
        "Twitter-15, set 1250, and `warmup_steps` to 63.",
        Options("training/minilm", "GA", Pictures.NONE),
    ),
    "twitter_mpnet": Published(
        "ITA-GA with CVA over all-mpnet-base-v2, which `spacy project run encoder-base` makes; for "
        "a GPU. `total_steps` is 4 epochs of Twitter-17; for Twitter-15, set 500, and "
        "`warmup_steps` to 25.",
        Options("training/mpnet", "GA", Pictures.NONE, gpu=True),
    ),
    "ita_bert": Published(
        "ITA-All with CVA over BERT-base, for a GPU. The authors publish no settings for BERT: the "
        "learning rates and the batch are usual ones for NER, and the rest is as for XLM-R. Set "
        "`temperature` to 4 for Twitter-15 and SNAP. `total_steps` is 10 epochs of Twitter-17.",
        Options("bert-base-cased", "All", Pictures.NONE, gpu=True, size=Size.ACCURATE),
    ),
    "ita_xlmr": Published(
        "ITA-All with CVA over XLM-R-large, for a GPU, with the settings of the authors' code "
        "(Wang et al., 2022): AdamW, 5e-6 for the encoder and 0.05 for the CRF, linear decay "
        "without warm-up, batches of 4, 10 epochs, word dropout 0.1. Set `temperature` to 4 for "
        "Twitter-15 and SNAP. `total_steps` is 10 epochs of Twitter-17.",
        Options("xlm-roberta-large", "All", Pictures.NONE, gpu=True, size=Size.ACCURATE),
    ),
    "align_hub": Published(
        "Objects, captions and OCR text, by models of the Hugging Face hub and Tesseract.",
        Options(tagger=False),
    ),
    "align_served": Published(
        "Objects, captions, OCR text and knowledge, by a vision-language model on a server with "
        "the OpenAI-compatible chat protocol, such as vLLM or Ollama: set [served] to yours.",
        Options("", "GA+LA+OCA+K", Pictures.SERVED, tagger=False),
    ),
    "align_vlm": Published(
        "Objects, captions, OCR text and knowledge, by a vision-language model in this process: "
        "set [paths] `vlm` to a model that fits into memory.",
        Options("", "GA+LA+OCA+K", Pictures.VLM, tagger=False),
    ),
    "align_recorded": Published(
        "Captions that another program wrote: `spacy ita align ... --recorded captions.jsonl`.",
        Options("", "GA", Pictures.RECORDED, tagger=False),
    ),
    "align_recorded_knowledge": Published(
        "A language model's paragraph about each tweet and picture, as in PGIM (Li et al., 2023), "
        "written by another program: `spacy ita align ... --recorded knowledge.jsonl`.",
        Options("", "K", Pictures.RECORDED, tagger=False),
    ),
    **{f"rivals/{name.lower()}": rival(system) for name, system in RIVALS.items()},
}
"""By the name of the file. `spacy_ner.cfg` is written by hand: it has none of this package's pipes,
and only the two sections that benchmarks and experiments take from it."""
