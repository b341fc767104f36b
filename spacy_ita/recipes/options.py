"""The choices behind a config, and which of them can't go together."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..context import alignments_of

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
TWITTER_2017 = 3373
"""Number of training tweets of Twitter-17, which a schedule assumes by default."""

PIPES = {
    "LA": "image_objects",
    "GA": "image_captions",
    "OCA": "image_ocr",
    "K": "image_knowledge",
}
"""The pipe of each alignment, in the order of a pipeline."""


class Pictures(str, Enum):
    """The source of a pipeline's alignments."""

    HUB = "hub"
    RECORDED = "recorded"
    SERVED = "served"
    VLM = "vlm"
    NONE = "none"


class Size(str, Enum):
    """The size of a training: a trade of time for quality."""

    SMALL = "small"
    ACCURATE = "accurate"


ENCODERS = {Size.SMALL: MINILM, Size.ACCURATE: "bert-base-cased"}


@dataclass(frozen=True)
class Options:
    """The choices behind a config.

    Args:
        encoder: Name on the hub, or folder, of the text encoder; "" for the size's own.
        context: Mode of `spacy_ita.ContextFormatter.v1`.
        pictures: The backends of the image_* pipes; NONE for a tagger over an aligned corpus.
        cva: Whether to train both views, with the KL between them, or the I+T view alone.
        gpu: Whether the training runs on a GPU.
        size: SMALL for a CPU and a first model, ACCURATE for the settings of the paper.
        examples: Number of training examples, which decides the schedule.
        tagger: Whether the pipeline has a tagger, or only aligns pictures.

    Raises:
        ValueError: If the choices can't go together.
    """

    encoder: str = ""
    context: str = "All"
    pictures: Pictures = Pictures.HUB
    cva: bool = True
    gpu: bool = False
    size: Size = Size.SMALL
    examples: int = TWITTER_2017
    tagger: bool = True

    def __post_init__(self) -> None:
        knows = "K" in alignments_of(self.context)
        if knows and self.pictures == Pictures.HUB:
            raise ValueError(
                f"--context {self.context} --pictures hub: no model of the hub writes the "
                f"knowledge (K); give --pictures recorded, served or vlm, or none for a corpus "
                f"that holds it"
            )
        if not self.tagger and self.pictures == Pictures.NONE:
            raise ValueError("--no-tagger --pictures none: nothing is left in the pipeline")
        if self.examples < 1:
            raise ValueError("no training example: --train needs a corpus with documents")
        folder = Path(self.encoder_name)
        if folder.is_dir() and not (folder / "config.json").is_file():
            raise ValueError(
                f"--encoder {folder}: the folder has no config.json, so it holds no model"
            )

    @property
    def encoder_name(self) -> str:
        """The encoder's name or folder."""
        return self.encoder or ENCODERS[self.size]

    @property
    def image_pipes(self) -> list[str]:
        """The image_* pipes, in the order of the pipeline."""
        if self.pictures == Pictures.NONE:
            return []
        wanted = alignments_of(self.context)
        return [pipe for name, pipe in PIPES.items() if name in wanted]
